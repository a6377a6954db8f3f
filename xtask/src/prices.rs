//! The catalog's table against newer price lists.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use rehearsal::catalog::{is_date, read_list, read_table, second_rows, update, write_table};
use serde_json::{Map, Value};

use crate::run::{Result, read, root, write};

/// Where the catalog's table lives.
const TABLE: &str = "src/catalog/bedrock.csv";

const USAGE: &str = "cargo xtask prices FILE --date YYYY-MM-DD [--second FILE] [--write [--yes]]";

/// Lays LiteLLM's `model_prices_and_context_window.json` over the catalog's table: prints what changes, and with
/// `--write` writes it. A model that the file no longer has keeps its row and date. `--second` is the output of
/// `second_price_list.py`: rows that it prices otherwise are kept beside the first list's. A price that moves by
/// more than a factor of two is written after a yes only.
pub fn prices(arguments: &[&str]) -> Result {
    let (mut file, mut second, mut date, mut write_it, mut yes) = (None, None, None, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--write" => write_it = true,
            "--yes" => yes = true,
            "--date" => date = rest.next().copied(),
            "--second" => second = rest.next().copied(),
            other if other.starts_with("--") => return Err(format!("there is no option {other}; {USAGE}")),
            other => file = Some(other),
        }
    }
    let file = file.ok_or_else(|| format!("give LiteLLM's file: {USAGE}"))?;
    let date = date.ok_or_else(|| format!("give the day the prices were read: {USAGE}"))?;
    if !is_date(date) {
        return Err(format!("--date {date} is no day; expected YYYY-MM-DD"));
    }
    let listed = read_list(&object(file)?, date);
    if listed.rows.is_empty() {
        return Err(format!("{file}: no Bedrock model in it"));
    }
    let mut rows = listed.rows;
    if let Some(second) = second {
        rows.extend(second_rows(&rows, "genai-prices", &object(second)?, date));
    }
    let path = root().join(TABLE);
    let text = String::from_utf8(read(&path)?).map_err(|error| format!("{TABLE}: {error}"))?;
    let old = read_table(&text).map_err(|error| format!("{TABLE}: {error}"))?;
    let before = old.len();
    let kept: Vec<_> = old.iter().filter(|row| second.is_none() && !row.list.is_empty()).cloned().collect();
    let stay = kept.len();
    rows.extend(kept);
    let update = update(old, rows);
    let mut said: BTreeMap<bool, Vec<&String>> = BTreeMap::new();
    for line in &listed.not_taken {
        said.entry(line.starts_with("field ")).or_default().push(line);
    }
    let mut out = update.lines.join("\n");
    for line in said.into_values().flatten() {
        out.push_str(&format!("\nnot taken: {line}"));
    }
    let differ = update.rows.iter().filter(|row| !row.list.is_empty()).count();
    out.push_str(&format!(
        "\n{} rows now, {before} before, {} differences; the second list differs in {differ} rows\n",
        update.rows.len(),
        update.lines.len()
    ));
    if stay > 0 {
        out.push_str(&format!("the second list was not given: its {stay} rows stay\n"));
    }
    print(out.trim_start())?;
    if write_it && !update.moved.is_empty() && !yes && !agreed(&update.moved)? {
        return Err("nothing written".to_string());
    }
    if write_it {
        write(&path, write_table(&update.rows))?;
        print(&format!("written to {TABLE}\n"))?;
    }
    Ok(())
}

/// The models of a JSON file.
fn object(file: &str) -> Result<Map<String, Value>> {
    let text = read(Path::new(file))?;
    let document: Value = serde_json::from_slice(&text).map_err(|error| format!("{file}: {error}"))?;
    match document {
        Value::Object(models) => Ok(models),
        _ => Err(format!("{file}: expected an object of models")),
    }
}

/// Prints; a reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Result {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Asks whether prices that move far are to be written.
fn agreed(moved: &[String]) -> Result<bool> {
    eprintln!("these prices move by more than a factor of two:\n{}", moved.join("\n"));
    if !std::io::stdin().is_terminal() {
        return Err("check them, and add --yes to write them".to_string());
    }
    eprint!("write them? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|error| format!("standard input: {error}"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
