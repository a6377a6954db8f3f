//! What is large, in the browser's database: one record a name, so that no tab's writing takes the
//! place of another's. Every change is answered once it is on the disk.

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fixture files of a person's own.
    Fixtures,
    /// What could not be read, as it was.
    Aside,
    /// Results of benchmarks.
    Benchmarks,
}

impl Kind {
    #[cfg(target_arch = "wasm32")]
    fn store(self) -> &'static str {
        ["fixtures", "aside", "benchmarks"][self as usize]
    }
}

/// A change: a record to be put, by kind, name and text, or one to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Put(Kind, String, String),
    Remove(Kind, String),
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, TransactionMode, TransactionResult};
    use wasm_bindgen::JsValue;

    use super::{Change, Kind};

    const NAME: &str = "rehearsal";
    /// Of the database's form; a new kind of record is a new version.
    const VERSION: u32 = 1;
    const KINDS: [Kind; 3] = [Kind::Fixtures, Kind::Aside, Kind::Benchmarks];

    async fn open() -> Result<Database, Error> {
        let mut request = Factory::new()?.open(NAME, Some(VERSION))?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = event.database() else { return };
            let known = database.store_names();
            for store in KINDS.map(Kind::store) {
                if !known.iter().any(|name| name == store) {
                    // A store that cannot be made is missed, and said to be, when it is asked for.
                    let _ = database.create_object_store(store, ObjectStoreParams::new());
                }
            }
        });
        request.await
    }

    pub async fn read(kind: Kind) -> Result<Vec<(String, String)>, Error> {
        let database = open().await?;
        let transaction = database.transaction(&[kind.store()], TransactionMode::ReadOnly)?;
        let store = transaction.object_store(kind.store())?;
        let names = store.get_all_keys(None, None)?.await?;
        let texts = store.get_all(None, None)?.await?;
        database.close();
        let text = |value: &JsValue| value.as_string().unwrap_or_default();
        Ok(names.iter().zip(&texts).map(|(name, value)| (text(name), text(value))).collect())
    }

    pub async fn write(changes: &[Change]) -> Result<TransactionResult, Error> {
        let database = open().await?;
        let transaction = database.transaction(&KINDS.map(Kind::store), TransactionMode::ReadWrite)?;
        for change in changes {
            match change {
                Change::Put(kind, name, text) => {
                    transaction.object_store(kind.store())?.put(&text.into(), Some(&name.into()))?;
                }
                Change::Remove(kind, name) => {
                    transaction.object_store(kind.store())?.delete(JsValue::from(name))?;
                }
            }
        }
        let done = transaction.commit()?.await;
        database.close();
        done
    }
}

/// Every record of a kind, by its name.
///
/// # Errors
/// What the browser says: it forbids a database, or cannot read it.
#[cfg(target_arch = "wasm32")]
pub async fn read(kind: Kind) -> Result<Vec<(String, String)>, String> {
    wasm::read(kind).await.map_err(|error| error.to_string())
}

/// Makes all of some changes, or none.
///
/// # Errors
/// What the browser says: it forbids a database, or there is no room for it.
#[cfg(target_arch = "wasm32")]
pub async fn write(changes: &[Change]) -> Result<(), String> {
    match wasm::write(changes).await {
        Ok(result) if result.is_committed() => Ok(()),
        Ok(_) => Err("QuotaExceededError".to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn read(_kind: Kind) -> Result<Vec<(String, String)>, String> {
    Err("no browser".to_string())
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn write(_changes: &[Change]) -> Result<(), String> {
    Err("no browser".to_string())
}
