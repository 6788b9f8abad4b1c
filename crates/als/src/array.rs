//! Arrays of ratings: on the heap, or where their owner wants them, such as in a mapped file.

use std::fmt::Debug;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytemuck::Pod;

use crate::error::AlsError;

/// Bytes somewhere, which begin where a page of memory begins.
pub trait Region: DerefMut<Target = [u8]> + Debug + Send + Sync {}

impl<Bytes: DerefMut<Target = [u8]> + Debug + Send + Sync> Region for Bytes {}

/// Gives regions.
pub trait Allocate: Debug + Send + Sync {
    /// So many bytes, at least one, all of them 0.
    ///
    /// # Errors
    /// There is no room.
    fn zeros(&self, bytes: usize) -> io::Result<Box<dyn Region>>;
}

/// Where large arrays lie: on the heap, unless somebody else gives the memory. Numbers are the same in either.
#[derive(Debug, Clone, Default)]
pub struct Memory(Option<Arc<dyn Allocate>>);

impl Memory {
    /// Memory that is given by `allocate`.
    #[must_use]
    pub fn given_by(allocate: Arc<dyn Allocate>) -> Self {
        Self(Some(allocate))
    }

    /// So many zeros.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn zeros<T: Pod>(&self, length: usize) -> Result<Array<T>, AlsError> {
        let bytes = length.saturating_mul(size_of::<T>());
        let room = match &self.0 {
            Some(allocate) if bytes > 0 => {
                let region = allocate.zeros(bytes);
                Room::Region(region.map_err(|error| AlsError::NoRoom { bytes, kind: error.kind() })?)
            }
            _ => Room::Heap(vec![T::zeroed(); length]),
        };
        Ok(Array { room, length })
    }
}

/// An array of numbers.
#[derive(Debug)]
pub struct Array<T> {
    room: Room<T>,
    length: usize,
}

#[derive(Debug)]
enum Room<T> {
    Heap(Vec<T>),
    Region(Box<dyn Region>),
}

impl<T: Pod> Array<T> {
    /// Keeps so many entries, the first ones. What was on the heap is given back.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        if let Room::Heap(entries) = &mut self.room {
            entries.truncate(length);
            entries.shrink_to_fit();
        }
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.room {
            Room::Heap(entries) => entries,
            Room::Region(region) => bytemuck::cast_slice(&region[..self.length * size_of::<T>()]),
        }
    }
}

impl<T: Pod> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.room {
            Room::Heap(entries) => entries,
            Room::Region(region) => bytemuck::cast_slice_mut(&mut region[..self.length * size_of::<T>()]),
        }
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(entries: Vec<T>) -> Self {
        let length = entries.len();
        Self { room: Room::Heap(entries), length }
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod + PartialEq> PartialEq for Array<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}
