//! Outside ids and dense indices.

use std::marker::PhantomData;

use als::Index;

/// The outside ids of one side, ascending: index `i` stands for the `i`-th id.
///
/// So an index does not depend on the order in which ratings arrive, and neither does a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids<I> {
    ids: Vec<i64>,
    index: PhantomData<I>,
}

impl<I: Index> Ids<I> {
    /// Takes ids that ascend.
    pub(crate) fn new(ids: Vec<i64>) -> Self {
        debug_assert!(ids.is_sorted());
        Self { ids, index: PhantomData }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The outside id of an index.
    ///
    /// # Panics
    /// If the index is of another data set.
    #[must_use]
    pub fn id(&self, index: I) -> i64 {
        self.ids[index.position()]
    }

    /// The index of an outside id, if it has one.
    #[must_use]
    pub fn index(&self, id: i64) -> Option<I> {
        self.ids.binary_search(&id).ok().and_then(|position| u32::try_from(position).ok()).map(I::new)
    }

    /// Every index, ascending.
    pub(crate) fn indices(&self) -> impl Iterator<Item = I> + use<I> {
        (0..).map(I::new).take(self.ids.len())
    }

    /// All ids, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[i64] {
        &self.ids
    }
}
