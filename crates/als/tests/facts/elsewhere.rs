//! Ratings that do not lie on the heap.

use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use als::{Allocate, AlsError, Memory, MovieIdx, Ratings, Region, Values};

use crate::common::{every_config, fit_in_chunks, random_ratings};

#[derive(Debug)]
struct Words {
    words: Vec<u64>,
    bytes: usize,
}

impl Deref for Words {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.bytes]
    }
}

impl DerefMut for Words {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.bytes]
    }
}

/// Gives so many regions, and then no more.
#[derive(Debug)]
struct Elsewhere(AtomicUsize);

impl Elsewhere {
    fn of(regions: usize) -> Memory {
        Memory::given_by(Arc::new(Self(AtomicUsize::new(regions))))
    }
}

impl Allocate for Elsewhere {
    fn zeros(&self, bytes: usize) -> io::Result<Box<dyn Region>> {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(Box::new(Words { words: vec![0; bytes.div_ceil(8)], bytes }))
    }
}

/// The same ratings, as if they had been read into `memory`.
fn moved(ratings: &Ratings, memory: &Memory) -> Result<Ratings, AlsError> {
    let mut movies = memory.zeros::<MovieIdx>(ratings.len())?;
    let mut values = Values::zeros(ratings.len(), memory)?;
    let mut offsets = vec![0];
    for user in (0..).map(als::UserIdx).take(ratings.users()) {
        let first = offsets[offsets.len() - 1];
        let (rated, stars) = ratings.by_user().row(user);
        for (place, (&movie, stars)) in (first..).zip(rated.iter().zip(stars)) {
            movies[place] = movie;
            values.set(place, stars)?;
        }
        offsets.push(first + rated.len());
    }
    Ratings::from_csr(ratings.movies(), offsets, movies, values)
}

#[test]
fn a_model_is_the_same_bits_wherever_its_ratings_lie() {
    let ratings = random_ratings(200, 80, 2, 21);
    let elsewhere = moved(&ratings, &Elsewhere::of(usize::MAX)).unwrap();
    assert_eq!(elsewhere, ratings);
    for config in every_config() {
        let expected = fit_in_chunks(&ratings, &config, Some(3));
        assert_eq!(fit_in_chunks(&elsewhere, &config, Some(3)), expected);
    }
}

#[test]
fn where_there_is_no_more_room_that_is_the_error() {
    let ratings = random_ratings(20, 80, 2, 22);
    for regions in 0..2 {
        let error = moved(&ratings, &Elsewhere::of(regions)).unwrap_err();
        assert!(matches!(error, AlsError::NoRoom { kind: io::ErrorKind::StorageFull, .. }), "{error}");
    }
    let only_these = moved(&ratings, &Elsewhere::of(2)).unwrap();
    let error = als::TrainingSet::new(&only_these, Some(2)).unwrap_err();
    assert!(error.to_string().contains("give more --memory"), "{error}");
}

#[test]
fn numbers_that_need_wider_codes_find_room_or_are_refused() {
    let many = |memory: &Memory| {
        let mut values = Values::zeros(70_000, memory)?;
        (0..70_000_u32)
            .zip((0..900_u16).cycle().map(f32::from))
            .try_for_each(|(place, number)| values.set(place as usize, number))?;
        Ok::<_, AlsError>(values)
    };
    assert_eq!(many(&Elsewhere::of(2)).unwrap(), many(&Memory::default()).unwrap());
    assert!(many(&Elsewhere::of(1)).is_err());
}
