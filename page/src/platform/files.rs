//! Files beside the page: the second language, the fixtures.

#[cfg(target_arch = "wasm32")]
fn say(error: wasm_bindgen::JsValue) -> String {
    format!("{error:?}")
}

/// The answer to a request for a file of the page's own origin.
#[cfg(target_arch = "wasm32")]
async fn response(name: &str) -> Result<web_sys::Response, String> {
    use wasm_bindgen::JsCast;
    let window = web_sys::window().ok_or("no window")?;
    let asked = wasm_bindgen_futures::JsFuture::from(window.fetch_with_str(name));
    let response: web_sys::Response = asked.await.map_err(say)?.dyn_into().map_err(say)?;
    if response.ok() { Ok(response) } else { Err(format!("{name}: status {}", response.status())) }
}

/// The text of a file of the page's own origin, by its name relative to the page.
///
/// # Errors
/// What went wrong, as the browser says it.
#[cfg(target_arch = "wasm32")]
pub async fn text(name: &str) -> Result<String, String> {
    let text = response(name).await?.text().map_err(say)?;
    let text = wasm_bindgen_futures::JsFuture::from(text).await.map_err(say)?;
    text.as_string().ok_or_else(|| format!("{name}: no text"))
}

/// The bytes of such a file.
///
/// # Errors
/// As [`text`].
#[cfg(target_arch = "wasm32")]
pub async fn content(name: &str) -> Result<Vec<u8>, String> {
    let buffer = response(name).await?.array_buffer().map_err(say)?;
    let buffer = wasm_bindgen_futures::JsFuture::from(buffer).await.map_err(say)?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn content(name: &str) -> Result<Vec<u8>, String> {
    Err(format!("{name}: no browser"))
}

/// As [`text`], of a file that someone else lays beside the page: `None` when it is not there.
///
/// # Errors
/// It is longer than `most` bytes, or cannot be fetched.
#[cfg(target_arch = "wasm32")]
pub async fn foreign_text(name: &str, most: usize) -> Result<Option<String>, String> {
    let host = super::host::host().ok_or("no page")?;
    match host.foreign_text(name, most as f64).await {
        Ok(text) => Ok(text.as_string()),
        Err(error) => Err(js_sys::Error::from(error).message().into()),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn foreign_text(_name: &str, _most: usize) -> Result<Option<String>, String> {
    Ok(None)
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn text(name: &str) -> Result<String, String> {
    Err(format!("{name}: no browser"))
}

/// The names and bytes of files a person chose or dropped.
#[cfg(target_arch = "wasm32")]
pub async fn bytes(list: &web_sys::FileList) -> Vec<(String, Vec<u8>)> {
    let mut read = Vec::new();
    for source in sources(list) {
        if let Ok(bytes) = source.piece(0.0, source.size_bytes).await {
            read.push((source.name, bytes));
        }
    }
    read
}

/// Saves a text as a file, by the browser's own download.
#[cfg(target_arch = "wasm32")]
pub fn save(name: &str, kind: &str, text: &str) {
    // A browser that refuses a download says so itself.
    let _ = blob(kind, text).and_then(|blob| save_blob(name, &blob));
}

/// A text as the content of a file.
///
/// # Errors
/// Where the browser refuses.
#[cfg(target_arch = "wasm32")]
pub fn blob(kind: &str, text: &str) -> Result<web_sys::Blob, wasm_bindgen::JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    web_sys::Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)
}

/// Saves the content of a file.
///
/// # Errors
/// Where the browser refuses.
#[cfg(target_arch = "wasm32")]
pub fn save_blob(name: &str, blob: &web_sys::Blob) -> Result<(), wasm_bindgen::JsValue> {
    use wasm_bindgen::JsCast;
    let address = web_sys::Url::create_object_url_with_blob(blob)?;
    let link: web_sys::HtmlAnchorElement = super::page::document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The download has begun; the address is no longer needed.
    web_sys::Url::revoke_object_url(&address)
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn bytes(_list: &web_sys::FileList) -> Vec<(String, Vec<u8>)> {
    Vec::new()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn save(_name: &str, _kind: &str, _text: &str) {}

/// A file that a person chose or dropped; it stays where it is and is read piece by piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub name: String,
    pub size_bytes: f64,
    #[cfg(target_arch = "wasm32")]
    blob: web_sys::Blob,
}

impl Source {
    /// The bytes from a place on, at most so many.
    ///
    /// # Errors
    /// What went wrong, as the browser says it: the file is gone, or may not be read.
    #[cfg(target_arch = "wasm32")]
    pub async fn piece(&self, from: f64, length: f64) -> Result<Vec<u8>, String> {
        let say = |error: wasm_bindgen::JsValue| match error.dyn_ref::<js_sys::Error>() {
            Some(error) => String::from(error.message()),
            None => format!("{error:?}"),
        };
        use wasm_bindgen::JsCast;
        let end = (from + length).min(self.size_bytes);
        let part = self.blob.slice_with_f64_and_f64(from, end).map_err(say)?;
        let buffer = wasm_bindgen_futures::JsFuture::from(part.array_buffer()).await.map_err(say)?;
        Ok(js_sys::Uint8Array::new(&buffer).to_vec())
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub async fn piece(&self, _from: f64, _length: f64) -> Result<Vec<u8>, String> {
        Err(format!("{}: no browser", self.name))
    }

    /// A text as if it were a file.
    #[cfg(target_arch = "wasm32")]
    pub fn of_text(name: &str, text: &str) -> Option<Self> {
        let blob = web_sys::Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into())).ok()?;
        Some(Source { name: name.to_string(), size_bytes: blob.size(), blob })
    }

    /// Bytes as if they were a file.
    #[cfg(target_arch = "wasm32")]
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Option<Self> {
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes).into());
        let blob = web_sys::Blob::new_with_u8_array_sequence(&parts).ok()?;
        Some(Source { name: name.to_string(), size_bytes: blob.size(), blob })
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn of_bytes(_name: &str, _bytes: &[u8]) -> Option<Self> {
        None
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub fn of_text(_name: &str, _text: &str) -> Option<Self> {
        None
    }
}

/// The files of a choice or a drop, unread.
#[cfg(target_arch = "wasm32")]
pub fn sources(list: &web_sys::FileList) -> Vec<Source> {
    let files = (0..list.length()).filter_map(|index| list.get(index));
    files.map(|file| Source { name: file.name(), size_bytes: file.size(), blob: file.into() }).collect()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn sources(_list: &web_sys::FileList) -> Vec<Source> {
    Vec::new()
}
