//! The words of each SQL engine for what the summary's query asks of a record: JSON at a path, lists, counts as people
//! write them, times.

use super::sql::Dialect;

impl Dialect {
    /// A path as the engine writes it: names, and places in lists.
    fn path(self, path: &[&str]) -> String {
        let mut out = "$".to_string();
        for part in path {
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            match self {
                _ if part.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(&format!("[{part}]")),
                _ if plain => out.push_str(&format!(".{part}")),
                Dialect::Athena | Dialect::Trino => out.push_str(&format!("[\"{part}\"]")),
                Dialect::Spark => out.push_str(&format!("[\\'{part}\\']")),
                Dialect::DuckDb => out.push_str(&format!(".\"{part}\"")),
            }
        }
        out
    }

    /// The text at a path of a JSON expression; null where there is an object, a list or nothing.
    pub(super) fn text(self, of: &str, path: &[&str]) -> String {
        let path = self.path(path);
        match self {
            Dialect::Athena | Dialect::Trino => format!("json_extract_scalar({of}, '{path}')"),
            Dialect::Spark => format!("get_json_object({of}, '{path}')"),
            Dialect::DuckDb => format!("json_extract_string({of}, '{path}')"),
        }
    }

    /// The JSON at a path.
    pub(super) fn json(self, of: &str, path: &[&str]) -> String {
        let path = self.path(path);
        match self {
            Dialect::Athena | Dialect::Trino => format!("json_extract({of}, '{path}')"),
            Dialect::Spark => format!("get_json_object({of}, '{path}')"),
            Dialect::DuckDb => format!("json_extract({of}, '{path}')"),
        }
    }

    /// A JSON expression as it is written.
    pub(super) fn written(self, json: &str) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => format!("json_format({json})"),
            Dialect::Spark => json.to_string(),
            Dialect::DuckDb => format!("CAST({json} AS varchar)"),
        }
    }

    /// Whether something stands at a path that is not null.
    pub(super) fn is_set(self, of: &str, path: &[&str]) -> String {
        format!("{} <> 'null'", self.written(&self.json(of, path)))
    }

    /// Whether an object stands at a path.
    pub(super) fn is_object(self, of: &str, path: &[&str]) -> String {
        format!("{} LIKE '{{%'", self.written(&self.json(of, path)))
    }

    /// A line that is JSON, or null: DuckDB gives up at others.
    pub(super) fn sound_line(self) -> &'static str {
        match self {
            Dialect::DuckDb => "CASE WHEN json_valid(line) THEN line END",
            Dialect::Athena | Dialect::Trino | Dialect::Spark => "line",
        }
    }

    /// What a record keeps of a body as JSON; some exports have it as text.
    pub(super) fn body(self, path: &[&str]) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => {
                format!("COALESCE(TRY(json_parse({})), {})", self.text("line", path), self.json("line", path))
            }
            Dialect::Spark => self.text("line", path),
            Dialect::DuckDb => {
                let (at, text) = (self.path(path), self.text("line", path));
                format!(
                    "CASE WHEN json_type(line, '{at}') = 'VARCHAR' THEN TRY_CAST({text} AS JSON) ELSE {} END",
                    self.json("line", path)
                )
            }
        }
    }

    /// The list at a path; null where there is none.
    pub(super) fn list(self, of: &str, path: &[&str]) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => format!("TRY_CAST({} AS array(json))", self.json(of, path)),
            Dialect::Spark => {
                let json = self.json(of, path);
                format!("from_json(CASE WHEN {json} LIKE '[%' THEN {json} END, 'array<string>')")
            }
            Dialect::DuckDb => format!("TRY_CAST({} AS JSON[])", self.json(of, path)),
        }
    }

    /// A body's chunks: those of a stream, or the whole of it as the only one.
    pub(super) fn chunks(self, body: &str) -> String {
        let list = self.list(body, &[]);
        match self {
            Dialect::Athena | Dialect::Trino => format!("COALESCE({list}, ARRAY[{body}])"),
            Dialect::Spark => format!("COALESCE({list}, array({body}))"),
            Dialect::DuckDb => format!("COALESCE({list}, [{body}])"),
        }
    }

    /// A list's items by an expression of `x`.
    pub(super) fn each(self, list: &str, of_x: &str) -> String {
        match self {
            Dialect::DuckDb => format!("list_transform({list}, lambda x: {of_x})"),
            Dialect::Athena | Dialect::Trino | Dialect::Spark => format!("transform({list}, x -> {of_x})"),
        }
    }

    /// A list's items where a condition of `x` holds.
    fn those(self, list: &str, of_x: &str) -> String {
        match self {
            Dialect::DuckDb => format!("list_filter({list}, lambda x: {of_x})"),
            Dialect::Athena | Dialect::Trino | Dialect::Spark => format!("filter({list}, x -> {of_x})"),
        }
    }

    fn at(self, list: &str, place: i8) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => format!("element_at({list}, {place})"),
            Dialect::Spark => format!("try_element_at({list}, {place})"),
            Dialect::DuckDb => format!("({list})[{place}]"),
        }
    }

    /// The last of a list's items where a condition of `x` holds; null where there is none.
    pub(super) fn last(self, list: &str, of_x: &str) -> String {
        self.at(&self.those(list, of_x), -1)
    }

    /// The last that an expression of `x` gives which is not null.
    pub(super) fn last_of(self, list: &str, of_x: &str) -> String {
        self.last(&self.each(list, of_x), "x IS NOT NULL")
    }

    /// The first.
    pub(super) fn first_of(self, list: &str, of_x: &str) -> String {
        self.at(&self.those(&self.each(list, of_x), "x IS NOT NULL"), 1)
    }

    /// Of how many of a list's items a condition of `x` holds.
    pub(super) fn how_many(self, list: &str, of_x: &str) -> String {
        let those = self.those(list, of_x);
        match self {
            Dialect::Athena | Dialect::Trino => format!("COALESCE(cardinality({those}), 0)"),
            Dialect::Spark => format!("COALESCE(array_size({those}), 0)"),
            Dialect::DuckDb => format!("COALESCE(len({those}), 0)"),
        }
    }

    /// The sum of a list of whole numbers, none of them null; null where there is no list.
    pub(super) fn sum(self, list: &str) -> String {
        match self {
            Dialect::Athena | Dialect::Trino => format!("reduce({list}, CAST(0 AS bigint), (s, x) -> s + x, s -> s)"),
            Dialect::Spark => format!("aggregate({list}, CAST(0 AS bigint), (s, x) -> s + x)"),
            Dialect::DuckDb => format!("list_sum({list})"),
        }
    }

    /// A list without items.
    pub(super) fn no_list(self) -> &'static str {
        match self {
            Dialect::Athena | Dialect::Trino => "CAST(ARRAY[] AS array(json))",
            Dialect::Spark => "array()",
            Dialect::DuckDb => "CAST([] AS JSON[])",
        }
    }

    /// The items of a list of lists, in one.
    pub(super) fn joined(self, lists: &str) -> String {
        format!("flatten({lists})")
    }

    pub(super) fn matches(self, of: &str, pattern: &str) -> String {
        let pattern = format!("'{}'", self.escaped(pattern));
        match self {
            Dialect::Athena | Dialect::Trino => format!("regexp_like({of}, {pattern})"),
            Dialect::Spark => format!("({of} RLIKE {pattern})"),
            Dialect::DuckDb => format!("regexp_matches({of}, {pattern})"),
        }
    }

    /// A count that a text writes, as the importer reads it: `1,000`, `1000.0`, `1e3`; null where it is none.
    pub(super) fn count(self, text: &str) -> String {
        let is = self.matches(text, COUNT);
        let may_be_thousands = self.matches(text, "^ *[0-9]{1,3}[.][0-9]{3} *$");
        let mut digits = text.to_string();
        for mark in [",", " ", "_", "\u{a0}", "\u{202f}", "'"] {
            digits = format!("replace({digits}, '{}', '')", self.escaped(mark));
        }
        // Sixteen digits leave room for sums; what has more is no count of any call's.
        let number = format!("TRY_CAST(TRY_CAST({digits} AS double) AS decimal(16,0))");
        format!("CASE WHEN {is} AND NOT {may_be_thousands} THEN CAST({number} AS bigint) END")
    }

    /// Milliseconds since 1970 of the text `written`; null where it is no time.
    pub(super) fn at_ms(self) -> String {
        let plain = "replace(replace(trim(written), '/', '-'), ' ', 'T')";
        let zone = |text: &str| {
            format!("CASE WHEN {} THEN concat({text}, 'Z') ELSE {text} END", self.matches(text, "^.{10}T[0-9:.]+$"))
        };
        let zoned = zone(plain);
        let of_text = match self {
            Dialect::Athena | Dialect::Trino => {
                format!("CAST(round(to_unixtime(TRY(from_iso8601_timestamp({zoned}))) * 1000) AS bigint)")
            }
            Dialect::Spark => format!("unix_millis(TRY_CAST({zoned} AS TIMESTAMP))"),
            Dialect::DuckDb => format!("epoch_ms(TRY_CAST({zoned} AS TIMESTAMPTZ))"),
        };
        let number = "TRY_CAST(trim(written) AS double)";
        format!(
            "CASE WHEN {} THEN CAST(round({number} * 1000) AS bigint) WHEN {} THEN CAST(round({number}) AS bigint) ELSE {of_text} END",
            self.matches("written", "^ *[0-9]{9,10}([.][0-9]+)? *$"),
            self.matches("written", "^ *[0-9]{12,13}([.][0-9]+)? *$"),
        )
    }

    /// The name of the type of texts.
    pub(super) fn varchar(self) -> &'static str {
        if self == Dialect::Spark { "string" } else { "varchar" }
    }
}

/// Whole numbers as people and programs write them.
const COUNT: &str =
    "^ *([0-9]+([.]0+)?|[0-9]{1,3}([, _'\u{a0}\u{202f}][0-9]{3})+([.]0+)?|[0-9]+([.][0-9]+)?[eE][+]?[0-9]+) *$";

/// The words of a cell that has nothing in it.
pub(super) const NOTHING: &str = "'', '-', '--', 'null', 'none', 'nan', 'n/a', 'na', 'undefined', 'nil'";
