//! The first lines of the files of an unknown data set.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use zip::ZipArchive;

use crate::{error::IngestError, folder, packing::Packing, place::Place, rows::first_rows};

/// Bytes of text that are looked at.
const BYTES: u64 = 256 << 10;
/// Rows that are looked at.
pub(super) const ROWS: usize = 500;

/// Endings of files of text that may hold tables.
const ENDINGS: [&str; 9] = [".csv", ".tsv", ".txt", ".dat", ".data", ".item", ".json", ".jsonl", ".ndjson"];

/// The ending of files that are read here and there, which a zip does not allow.
const PARQUET: &str = ".parquet";

/// A file and how it begins.
pub(super) struct Start {
    pub(super) name: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// The first lines; the last one may be cut off, and is left out if it is.
    Text { text: String, is_utf8: bool },
    /// The columns of a Parquet file and its first rows.
    Rows { columns: Vec<String>, rows: Vec<Vec<String>> },
}

/// Those of a folder, of a zip, or of a file alone.
pub(super) fn of_files(path: &Path) -> Result<Vec<Start>, IngestError> {
    if path.is_dir() {
        let mut starts = Vec::new();
        for name in folder::file_names(path)? {
            let file_path = path.join(&name);
            if is_parquet(&name) {
                starts.push(of_parquet(&file_path, &name)?);
            }
            let Some(packing) = packing_of(&name) else { continue };
            let file = File::open(&file_path).map_err(|source| IngestError::read(&file_path, source))?;
            starts.extend(
                start(&name, packing, Box::new(file))
                    .map_err(|source| IngestError::read(&file_path, source))?,
            );
        }
        return Ok(starts);
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    if is_parquet(&name) {
        return Ok(vec![of_parquet(path, &name)?]);
    }
    let file = File::open(path).map_err(|source| IngestError::read(path, source))?;
    if let Some(packing) = packing_of(&name) {
        let start =
            start(&name, packing, Box::new(file)).map_err(|source| IngestError::read(path, source))?;
        return Ok(start.into_iter().collect());
    }
    let archive = ZipArchive::new(BufReader::new(file));
    let mut archive = archive.map_err(|source| IngestError::archive(path, None, source))?;
    let names: Vec<String> = archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect();
    let mut starts = Vec::new();
    for name in names {
        let Some(packing) = packing_of(&name) else { continue };
        let entry =
            archive.by_name(&name).map_err(|source| IngestError::archive(path, Some(&name), source))?;
        let begun = start(&name, packing, Box::new(entry));
        starts.extend(begun.map_err(|source| IngestError::archive(path, Some(&name), source.into()))?);
    }
    Ok(starts)
}

fn is_parquet(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(PARQUET)
}

fn of_parquet(path: &Path, name: &str) -> Result<Start, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::read(path, source))?;
    let place = Place::File { path: path.to_owned(), name: name.to_owned() };
    let (columns, rows) = first_rows(&place, file, ROWS)?;
    Ok(Start { name: name.to_owned(), content: Content::Rows { columns, rows } })
}

fn packing_of(name: &str) -> Option<Packing> {
    let name = name.to_ascii_lowercase();
    let is_table =
        |name: &str| ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.contains("__macosx");
    Packing::ALL.into_iter().rev().find(|packing| name.strip_suffix(packing.ending()).is_some_and(is_table))
}

fn start(name: &str, packing: Packing, packed: Box<dyn Read + Send + '_>) -> io::Result<Option<Start>> {
    let mut bytes = Vec::new();
    packing.unpacked(packed)?.take(BYTES).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == BYTES {
        let end = memchr::memrchr(b'\n', &bytes).unwrap_or(bytes.len());
        bytes.truncate(end);
    }
    let is_utf8 = std::str::from_utf8(&bytes).is_ok();
    let text = String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned();
    let name = name.strip_suffix(packing.ending()).unwrap_or(name).to_owned();
    Ok((!text.trim().is_empty()).then_some(Start { name, content: Content::Text { text, is_utf8 } }))
}
