//! Reads a described data set into the bronze tables.
//!
//! `source` reads the `--source` argument, `download` fetches what is remote, `input` opens it, `rows` streams each table
//! as Arrow columns of text in which every line of the input is a row, and `bronze` writes them to the lake, of movies that
//! are read from the ratings without their `repeats`. `feedback` appends what users said since the last run.

mod bronze;
mod content_hash;
mod description;
mod download;
mod error;
mod feedback;
mod folder;
mod input;
mod inspect;
mod layout;
mod packing;
mod place;
mod repeats;
mod rows;
mod run;
mod sample;
mod source;
mod stored;
mod table;
mod unchanged;

pub use run::{Ingest, inspection};
