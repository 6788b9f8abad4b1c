//! Single files that are packed, and files that are something else than they should be.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

/// How a single file of a data set is packed, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

impl Packing {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Gzip, Self::Zstandard];

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstandard => ".zst",
        }
    }

    pub(crate) fn unpacked<'a>(
        self,
        packed: Box<dyn Read + Send + 'a>,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::Plain => packed,
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstandard => Box::new(zstd::Decoder::new(packed)?),
        })
    }
}

/// What a file is that is no zip, if its beginning tells, and what to do with it.
pub(crate) fn known_as(path: &Path) -> io::Result<Option<(&'static str, &'static str)>> {
    const UNPACK: &str = "unpack it and give the folder";
    let start = start_of(File::open(path)?)?;
    let known = match &start[..] {
        [b'7', b'z', 0xbc, 0xaf, ..] => ("a 7z archive", UNPACK),
        [b'R', b'a', b'r', b'!', ..] => ("a RAR archive", UNPACK),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => ("packed with xz", UNPACK),
        [b'B', b'Z', b'h', ..] => ("packed with bzip2", UNPACK),
        [0x1f, 0x8b, ..] if is_tar(&start_of(MultiGzDecoder::new(File::open(path)?)).unwrap_or_default()) => {
            ("a tar archive, packed with gzip", UNPACK)
        }
        [0x1f, 0x8b, ..] => {
            ("packed with gzip", "unpack it, or call it `ratings.csv.gz` and put `movies.csv` beside it")
        }
        start if is_tar(start) => ("a tar archive", UNPACK),
        start if start.trim_ascii_start().starts_with(b"<") => (
            "a web page",
            "open its address in a browser: it may want a login, or a click on the real download",
        ),
        _ => return Ok(None),
    };
    Ok(Some(known))
}

fn start_of(file: impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(512).read_to_end(&mut start)?;
    Ok(start)
}

fn is_tar(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}
