//! What was measured, told without its secrets: a result is kept in a repository.

/// A URL without its user, its password and the values of its query.
pub fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, query) = rest.split_once('?').map_or((rest, ""), |(path, query)| (path, query));
    let mut out = if scheme.is_empty() { host.to_string() } else { format!("{scheme}://{host}") };
    out.push_str(path);
    let names = query.split('&').filter(|part| !part.is_empty());
    for (index, name) in names.map(|part| part.split_once('=').map(|(name, _)| name)).enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        // A value without a name may be a key by itself.
        out.push_str(&name.map_or_else(|| "…".to_string(), |name| format!("{name}=…")));
    }
    out
}

/// Options whose value is a secret, or holds one.
const SECRET_OPTIONS: [&str; 9] =
    ["-H", "--header", "-u", "--user", "--token", "--password", "--api-key", "--key", "--oauth2-bearer"];
/// Parts of a variable's or an option's name that say that its value is secret.
const SECRET_NAMES: [&str; 7] = ["key", "token", "secret", "passw", "auth", "bearer", "credential"];

/// A label as it is kept: without what the redactor finds, and without the values of names that say that they
/// are secret, as in `key=value`.
pub fn label_without_secrets(label: &str) -> String {
    let told = crate::redact::Redactor::usual().text(label).text;
    let without = |word: &str| {
        let Some((name, value)) = word.split_once('=') else { return word.to_string() };
        let is_secret = !value.starts_with('{') && !value.is_empty() && has_secret_name(&name.to_ascii_lowercase());
        if is_secret { format!("{name}=…") } else { word.to_string() }
    };
    told.split(' ').map(without).collect::<Vec<_>>().join(" ")
}

fn has_secret_name(name: &str) -> bool {
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// A command line without what looks like a secret: values of headers and of options and variables
/// that are named for one, users and queries of URLs, and whatever the redactor finds in the rest.
pub fn command_without_secrets(command: &str) -> String {
    crate::redact::Redactor::usual().text(&command_without_named(command)).text
}

fn command_without_named(command: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut hide = false;
    for word in words(command) {
        let lower = word.to_ascii_lowercase();
        let named = lower.split_once(['=', ':']).map(|(name, _)| name.to_string());
        if std::mem::take(&mut hide) {
            out.push("…".to_string());
        } else if let Some(at) = word.find("://") {
            let start = word.get(..at).and_then(|before| before.rfind(|c: char| !c.is_ascii_alphanumeric()));
            let start = start.map_or(0, |at| at + 1);
            let (before, url) = word.split_at(start);
            let url = url.trim_end_matches(['"', '\'']);
            out.push(format!("{before}{}", without_secrets(url)));
        } else if named.as_deref().is_some_and(has_secret_name) {
            let name = word.split(['=', ':']).next().unwrap_or_default();
            out.push(format!("{}…", word.get(..=name.len()).unwrap_or(name)));
        } else {
            hide = SECRET_OPTIONS.contains(&word.as_str()) || (word.starts_with('-') && has_secret_name(&lower));
            // `-uname:password`, as curl takes it.
            let glued = ["-H", "-u"].iter().find(|option| word.starts_with(**option) && word.len() > 2);
            out.push(glued.map_or(word.clone(), |option| format!("{option}…")));
        }
    }
    out.join(" ")
}

/// The words of a command line, quotes kept together and dropped.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_keeps_its_place_and_loses_its_secrets() {
        let check = |url: &str, expected: &str| assert_eq!(without_secrets(url), expected);
        check("http://u:PASS@h:80/chat?api_key=K&b=2#f", "http://h:80/chat?api_key=…&b=…");
        check("https://h", "https://h");
        check("https://u:p@ss@h?K", "https://h?…");
        check("http://TOKEN@h/", "http://h/");
        let check = |command: &str, expected: &str| assert_eq!(command_without_secrets(command), expected);
        check("python chat.py --fast", "python chat.py --fast");
        check(
            "curl -sS -H \"Authorization: Bearer K\" -u me:PASS https://u:p@h/x?key=K --data-binary @-",
            "curl -sS -H … -u … https://h/x?key=… --data-binary @-",
        );
        check("./ask.sh AKIAIOSFODNN7EXAMPLE", "./ask.sh {AWS_ACCESS_KEY}");
        check("API_KEY=K ./ask.sh --token T --api-key=K", "API_KEY=… ./ask.sh --token … --api-key=…");
        check("ask --password=hunter2 --db-passwd hunter3", "ask --password=… --db-passwd …");
        check(
            "curl -H'Authorization: Bearer abc' -d '{\"password\":\"hunter2\"}'",
            "curl -HAuthorization:… -d {\"password\":…",
        );
    }

    #[test]
    fn a_label_loses_its_secrets_and_nothing_else() {
        let check = |label: &str, expected: &str| assert_eq!(label_without_secrets(label), expected);
        check("v1.2 of  main, auth: fixed", "v1.2 of  main, auth: fixed");
        check("commit 0f3a9c", "commit 0f3a9c");
        check("key=secret", "key=…");
        check("build=7 api_token=T", "build=7 api_token=…");
        check("password=hunter2", "password={PASSWORD}");
        check("by Bearer abcdefghijkl12345", "by {BEARER_TOKEN}");
    }
}
