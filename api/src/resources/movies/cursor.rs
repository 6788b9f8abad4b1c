//! Cursors: places in a list of movies as callers carry them, opaque, from one page to the next.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use store::MoviePlace;

/// The cursor of a place: its JSON in base64url.
pub(crate) fn encode(place: &MoviePlace) -> String {
    // A place is numbers and a text: nothing of it fails to be JSON.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// The place of a cursor; `None` if it was not made here, or for a list in another order than that of `start`.
pub(crate) fn decode(cursor: &str, start: &MoviePlace) -> Option<MoviePlace> {
    let place: MoviePlace = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let sorted_alike = std::mem::discriminant(&place) == std::mem::discriminant(start);
    (sorted_alike && can_be_asked(&place)).then_some(place)
}

/// The database knows no text with the character U+0000.
fn can_be_asked(place: &MoviePlace) -> bool {
    !matches!(place, MoviePlace::Title { folded_title, .. } if folded_title.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        for place in [
            MoviePlace::Relevance { relevance: 0.1, ratings: 3, movie_id: 7 },
            MoviePlace::Popular { ratings: 3, movie_id: i64::MAX },
            MoviePlace::Title { folded_title: "żółć \"x\"".to_owned(), movie_id: 1 },
            MoviePlace::Newest { year: None, ratings: 0, movie_id: 1 },
        ] {
            let cursor = encode(&place);
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{cursor}");
            assert_eq!(decode(&cursor, &place), Some(place));
        }
    }

    #[test]
    fn what_was_not_made_here_or_for_another_order_is_no_cursor() {
        for text in ["", "x", "e30", "%%", "bnVsbA", &URL_SAFE_NO_PAD.encode("{\"popular\":{}}")] {
            assert_eq!(decode(text, &MoviePlace::BY_POPULARITY), None, "{text}");
        }
        assert_eq!(decode(&encode(&MoviePlace::BY_TITLE), &MoviePlace::BY_YEAR), None);
        let nul = MoviePlace::Title { folded_title: "\0".to_owned(), movie_id: 1 };
        assert_eq!(decode(&encode(&nul), &MoviePlace::BY_TITLE), None);
    }
}
