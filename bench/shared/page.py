"""The page of results. Each benchmark's part of it lies between two marks; the rest belongs to others."""

PARTS = ("speed", "scale", "api", "quality")
EMPTY = "# Results\n" + "".join(f"\n<!-- {name} -->\n<!-- /{name} -->\n" for name in PARTS)


def replace(page, name, part):
    """The page with this part of it exchanged; an empty page gets its frame first."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if begin not in page or end not in page:
        page = (page.rstrip("\n") + f"\n\n{begin}\n{end}\n") if page.strip() else EMPTY
    before, rest = page.split(begin, 1)
    after = rest.split(end, 1)[1]
    return f"{before}{begin}\n{part}{end}{after}"


def publish(name, part, output):
    """Prints a part, and writes it into the page; without one it was only a check."""
    print(f"\n{part}")
    if output:
        output.write_text(replace(output.read_text() if output.exists() else "", name, part))
        print(f"written to {output}")
