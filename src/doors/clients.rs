//! The clients that are run against the mock, and the one line that leads each to it.

use std::sync::OnceLock;

use crate::bedrock::Operation;

/// What `tests/clients/matrix.py` runs.
const CLIENTS: &str = include_str!("clients.csv");

/// The variable that leads every AWS SDK.
pub const ENVIRONMENT: &str = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME";

/// A client, and the line that leads it to the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientLine {
    pub client: String,
    /// The API that it speaks: `aws` or a door's key.
    pub door: String,
    /// With `URL` for the mock's address and `KEY` for any text.
    pub line: String,
}

/// The lines of the clients that speak an operation's API.
pub fn client_lines(operation: Operation) -> impl Iterator<Item = &'static ClientLine> {
    let door = match operation {
        Operation::Messages | Operation::MessagesStream => "messages",
        Operation::ChatCompletions | Operation::ChatCompletionsStream => "chat",
        Operation::Responses | Operation::ResponsesStream => "responses",
        _ => "aws",
    };
    all().iter().filter(move |client| client.door == door)
}

fn all() -> &'static [ClientLine] {
    static ALL: OnceLock<Vec<ClientLine>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut reader = csv::Reader::from_reader(CLIENTS.as_bytes());
        let names = reader.headers().cloned().unwrap_or_default();
        let at = |name: &str| names.iter().position(|found| found == name).unwrap_or_default();
        let (client, door, line) = (at("client"), at("door"), at("line"));
        let text = |row: &csv::StringRecord, at: usize| row.get(at).unwrap_or_default().to_string();
        let rows = reader.records().filter_map(Result::ok);
        rows.map(|row| ClientLine { client: text(&row, client), door: text(&row, door), line: text(&row, line) })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_api_has_clients_and_the_variable_leads_the_sdks() {
        assert!(all().len() > 30, "{}", all().len());
        for operation in Operation::ALL.into_iter().chain(Operation::AT_DOORS) {
            let lines: Vec<&ClientLine> = client_lines(operation).collect();
            assert!(lines.len() >= 3 && lines.iter().all(|line| line.line.contains('`')), "{operation:?}: {lines:?}");
        }
        assert!(client_lines(Operation::Converse).any(|line| line.line.contains(ENVIRONMENT)));
    }
}
