//! Numbers of which few are distinct.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use bytemuck::Pod;

use crate::array::{Array, Memory};
use crate::error::AlsError;
use crate::index::scattered;

/// Numbers in little memory, bit for bit as they were given.
///
/// Ratings are mostly stars, ten different ones: a number takes one byte while there are at most 256 different ones, two bytes
/// while there are at most 65,536, and its own four bytes beyond, where a code would save nothing. The number 0 is always one of
/// them.
#[derive(Debug)]
pub struct Values {
    codes: Codes,
    memory: Memory,
    /// What each code stands for, in the order in which the numbers appeared; empty without codes.
    table: Vec<f32>,
    known: HashMap<u32, u16, BuildHasherDefault<OfBits>>,
}

#[derive(Debug)]
enum Codes {
    Bytes(Array<u8>),
    Words(Array<u16>),
    Numbers(Array<f32>),
}

impl Values {
    /// So many times the number 0.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn zeros(length: usize, memory: &Memory) -> Result<Self, AlsError> {
        let codes = Codes::Bytes(memory.zeros(length)?);
        let mut zeros = Self { codes, memory: memory.clone(), table: Vec::new(), known: HashMap::default() };
        let _ = zeros.encode(0.0)?;
        Ok(zeros)
    }

    /// Numbers on the heap.
    ///
    /// # Errors
    /// None on the heap.
    pub fn of(numbers: &[f32]) -> Result<Self, AlsError> {
        let mut values = Self::zeros(numbers.len(), &Memory::default())?;
        for (place, &number) in numbers.iter().enumerate() {
            values.set(place, number)?;
        }
        Ok(values)
    }

    /// Where the numbers lie.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.codes {
            Codes::Bytes(codes) => codes.len(),
            Codes::Words(codes) => codes.len(),
            Codes::Numbers(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that a number takes: 1, 2 or 4.
    #[must_use]
    pub fn width(&self) -> usize {
        match &self.codes {
            Codes::Bytes(_) => size_of::<u8>(),
            Codes::Words(_) => size_of::<u16>(),
            Codes::Numbers(_) => size_of::<f32>(),
        }
    }

    /// The number at a place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn get(&self, place: usize) -> f32 {
        match &self.codes {
            Codes::Bytes(codes) => self.table[usize::from(codes[place])],
            Codes::Words(codes) => self.table[usize::from(codes[place])],
            Codes::Numbers(numbers) => numbers[place],
        }
    }

    /// The numbers of a range of places.
    ///
    /// # Panics
    /// When it comes to a place that there is not.
    #[must_use]
    pub fn range(&self, places: Range<usize>) -> impl ExactSizeIterator<Item = f32> + Clone + '_ {
        places.map(|place| self.get(place))
    }

    /// Puts a number at a place.
    ///
    /// # Errors
    /// There is no room for wider codes, which it asks for.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn set(&mut self, place: usize, number: f32) -> Result<(), AlsError> {
        let code = self.encode(number)?;
        match &mut self.codes {
            Codes::Bytes(codes) => codes[place] = code.to_le_bytes()[0],
            Codes::Words(codes) => codes[place] = code,
            Codes::Numbers(numbers) => numbers[place] = number,
        }
        Ok(())
    }

    /// Copies the numbers of a range of places to the places from `to` on.
    ///
    /// # Panics
    /// If there are not all of these places.
    pub fn copy_within(&mut self, places: Range<usize>, to: usize) {
        match &mut self.codes {
            Codes::Bytes(codes) => codes.copy_within(places, to),
            Codes::Words(codes) => codes.copy_within(places, to),
            Codes::Numbers(numbers) => numbers.copy_within(places, to),
        }
    }

    /// Keeps so many numbers, the first ones, and gives the memory of the others back.
    pub fn truncate(&mut self, length: usize) {
        match &mut self.codes {
            Codes::Bytes(codes) => codes.truncate(length),
            Codes::Words(codes) => codes.truncate(length),
            Codes::Numbers(numbers) => numbers.truncate(length),
        }
    }

    /// The same numbers once more, where these lie.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn copied(&self) -> Result<Self, AlsError> {
        self.reordered(0..self.len(), |place| place)
    }

    /// Adds the numbers of a range of places at the end of `room`.
    pub(crate) fn decode(&self, places: Range<usize>, room: &mut Vec<f32>) {
        match &self.codes {
            Codes::Bytes(codes) => {
                room.extend(codes[places].iter().map(|&code| self.table[usize::from(code)]));
            }
            Codes::Words(codes) => {
                room.extend(codes[places].iter().map(|&code| self.table[usize::from(code)]));
            }
            Codes::Numbers(numbers) => room.extend_from_slice(&numbers[places]),
        }
    }

    /// The numbers of a range of places in another order, of the same width: `order` is given each place, one after the other,
    /// and says where its number goes.
    pub(crate) fn reordered(
        &self,
        places: Range<usize>,
        order: impl FnMut(usize) -> usize,
    ) -> Result<Self, AlsError> {
        let memory = &self.memory;
        let codes = match &self.codes {
            Codes::Bytes(codes) => Codes::Bytes(scattered_codes(codes, memory, places, order)?),
            Codes::Words(codes) => Codes::Words(scattered_codes(codes, memory, places, order)?),
            Codes::Numbers(numbers) => Codes::Numbers(scattered_codes(numbers, memory, places, order)?),
        };
        Ok(Self { codes, memory: memory.clone(), table: self.table.clone(), known: self.known.clone() })
    }

    /// Puts keys in ascending order within each row, and the numbers with them.
    pub(crate) fn sort_rows_by<Key: Copy + Ord + Send>(&mut self, offsets: &[usize], keys: &mut [Key]) {
        match &mut self.codes {
            Codes::Bytes(codes) => sort_rows(offsets, keys, codes),
            Codes::Words(codes) => sort_rows(offsets, keys, codes),
            Codes::Numbers(numbers) => sort_rows(offsets, keys, numbers),
        }
    }

    /// The code of a number, a new one where it is needed, for which all others may be widened first. Without meaning where
    /// numbers have no codes any more.
    fn encode(&mut self, number: f32) -> Result<u16, AlsError> {
        if let Codes::Numbers(_) = self.codes {
            return Ok(0);
        }
        if let Some(&code) = self.known.get(&number.to_bits()) {
            return Ok(code);
        }
        let next = self.table.len();
        match &self.codes {
            Codes::Bytes(codes) if next > usize::from(u8::MAX) => {
                let mut words = self.memory.zeros(codes.len())?;
                for (word, &code) in words.iter_mut().zip(codes.iter()) {
                    *word = code.into();
                }
                self.codes = Codes::Words(words);
            }
            Codes::Words(codes) if next > usize::from(u16::MAX) => {
                let mut numbers = self.memory.zeros(codes.len())?;
                for (number, &code) in numbers.iter_mut().zip(codes.iter()) {
                    *number = self.table[usize::from(code)];
                }
                self.codes = Codes::Numbers(numbers);
                (self.table, self.known) = Default::default();
                return Ok(0);
            }
            _ => {}
        }
        let code = u16::try_from(next).unwrap_or_default();
        self.table.push(number);
        self.known.insert(number.to_bits(), code);
        Ok(code)
    }
}

/// Codes of a range of places in another order.
fn scattered_codes<T: Pod>(
    codes: &[T],
    memory: &Memory,
    places: Range<usize>,
    mut order: impl FnMut(usize) -> usize,
) -> Result<Array<T>, AlsError> {
    let mut scattered = memory.zeros(places.len())?;
    let target: &mut [T] = &mut scattered;
    for (place, &code) in places.clone().zip(&codes[places]) {
        target[order(place)] = code;
    }
    Ok(scattered)
}

/// Entries that one thread sorts.
const SORTED_AT_ONCE: usize = 1 << 16;

/// Sorts each row by its keys: row `r` has the entries from `offsets[r]` to `offsets[r + 1]`, counted from the first offset.
fn sort_rows<Key: Copy + Ord + Send, T: Copy + Send>(offsets: &[usize], keys: &mut [Key], codes: &mut [T]) {
    let rows = offsets.len() - 1;
    if rows > 1 && keys.len() > SORTED_AT_ONCE {
        let middle = rows / 2;
        let (left_keys, right_keys) = keys.split_at_mut(offsets[middle] - offsets[0]);
        let (left_codes, right_codes) = codes.split_at_mut(left_keys.len());
        rayon::join(
            || sort_rows(&offsets[..=middle], left_keys, left_codes),
            || sort_rows(&offsets[middle..], right_keys, right_codes),
        );
        return;
    }
    let mut entries = Vec::new();
    for span in offsets.windows(2) {
        let span = span[0] - offsets[0]..span[1] - offsets[0];
        let (keys, codes) = (&mut keys[span.clone()], &mut codes[span]);
        if keys.is_sorted() {
            continue;
        }
        entries.clear();
        entries.extend(keys.iter().copied().zip(codes.iter().copied()));
        entries.sort_unstable_by_key(|entry| entry.0);
        for ((key, code), &entry) in keys.iter_mut().zip(codes.iter_mut()).zip(&entries) {
            (*key, *code) = entry;
        }
    }
}

/// The same numbers, whatever their codes.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.range(0..self.len()).eq(other.range(0..other.len()))
    }
}

/// A hash of the bits of a number: the usual one would take longer than all else that is done to a rating.
#[derive(Debug, Clone, Default)]
struct OfBits(u64);

impl Hasher for OfBits {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    fn write_u32(&mut self, bits: u32) {
        // Spread over both ends of the 64 bits, which the table reads.
        self.0 = (self.0 ^ u64::from(scattered(bits))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(distinct: u16) -> Vec<f32> {
        let each = (0..=distinct).map(|number| f32::from(number) * 0.1 - 7.0);
        each.clone().chain(each.rev()).collect()
    }

    #[test]
    fn a_number_takes_as_few_bytes_as_the_distinct_ones_allow() {
        for (distinct, width) in [(9, 1), (254, 1), (256, 2), (u16::MAX - 1, 2)] {
            let values = Values::of(&numbers(distinct)).unwrap();
            assert_eq!(values.width(), width, "{distinct}");
        }
        let values = Values::of(&[numbers(u16::MAX), vec![1e9, 0.5]].concat()).unwrap();
        assert_eq!(values.width(), 4);
    }

    #[test]
    fn numbers_come_back_bit_for_bit_whatever_their_width() {
        for more in [vec![], vec![-0.0, f32::NAN, 1e9, f32::MIN_POSITIVE]] {
            for distinct in [9, 255, 256, u16::MAX] {
                let numbers: Vec<_> = numbers(distinct).into_iter().chain(more.clone()).collect();
                let values = Values::of(&numbers).unwrap();
                let bits =
                    |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
                let found: Vec<_> = values.range(0..values.len()).collect();
                assert_eq!(bits(&found), bits(&numbers));
                let mut room = vec![1.0];
                let places = 2..numbers.len() - 1;
                values.decode(places.clone(), &mut room);
                assert_eq!(bits(&room[1..]), bits(&numbers[places]));
            }
        }
    }

    #[test]
    fn a_place_that_is_set_widens_all_and_changes_no_other() {
        let mut values = Values::zeros(70_000, &Memory::default()).unwrap();
        let number = |place: u16| f32::from(place) + 0.25;
        for place in 0..=u16::MAX {
            values.set(69_999 - usize::from(place), number(place)).unwrap();
            if place == 300 {
                assert_eq!((values.width(), values.get(0).to_bits()), (2, 0));
            }
        }
        assert_eq!((values.width(), values.len(), values.get(0).to_bits()), (4, 70_000, 0));
        assert!(
            (0..=u16::MAX).all(|place| {
                values.get(69_999 - usize::from(place)).to_bits() == number(place).to_bits()
            })
        );
        values.truncate(3);
        assert_eq!(values, Values::of(&[0.0; 3]).unwrap());
    }

    #[test]
    fn numbers_are_copied_within_whatever_their_width() {
        for distinct in [9, 300, u16::MAX] {
            let mut expected = numbers(distinct);
            expected.push(0.001);
            let mut values = Values::of(&expected).unwrap();
            expected.copy_within(3..9, 1);
            values.copy_within(3..9, 1);
            assert!(values.range(0..values.len()).eq(expected));
        }
    }

    #[test]
    fn what_is_equal_does_not_depend_on_the_codes() {
        let one = Values::of(&[1.0, 2.0, 1.0]).unwrap();
        let mut other = Values::of(&[2.0, 1.0, 2.0]).unwrap();
        assert_ne!(one, other);
        for (place, number) in [1.0, 2.0, 1.0].into_iter().enumerate() {
            other.set(place, number).unwrap();
        }
        assert_eq!(one, other);
        assert_eq!(one.reordered(0..3, |place| 2 - place).unwrap(), one);
    }
}
