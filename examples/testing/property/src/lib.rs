//! A property test: what holds for every answer, however it is cut and whatever it says.

/// Joins what a stream brings to one text: bytes of a character may come in two pieces.
#[derive(Debug, Default)]
pub struct Joiner {
    bytes: Vec<u8>,
}

impl Joiner {
    /// Takes the next bytes, and gives the characters that are whole.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.bytes.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.bytes) {
            Ok(_) => self.bytes.len(),
            Err(error) => error.valid_up_to(),
        };
        String::from_utf8(self.bytes.drain(..whole).collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rehearsal::testing::property::{cuts, invariants, texts};
    use rehearsal::testing::{Answers, ask};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn no_character_is_lost_wherever_a_stream_is_cut(
            (text, pieces) in texts(500).prop_flat_map(|text| (Just(text.clone()), cuts(text.into_bytes())))
        ) {
            let mut joiner = Joiner::default();
            let joined: Vec<String> = pieces.iter().map(|piece| joiner.push(piece)).collect();
            invariants::concatenation(&joined, &text).map_err(TestCaseError::fail)?;
        }

        #[test]
        fn an_answer_arrives_as_it_was_written(text in texts(500)) {
            let client = Answers::new().to("q", &text).client();
            prop_assert_eq!(ask(&client, "q"), Ok(text));
        }
    }
}
