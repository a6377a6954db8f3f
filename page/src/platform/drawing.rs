//! A chart of the page as a file: with its colours resolved it needs no style sheet.

/// What a shape looks like, as attributes of its own.
#[cfg(target_arch = "wasm32")]
const SHAPE: [&str; 8] =
    ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "opacity"];
#[cfg(target_arch = "wasm32")]
const TEXT: [&str; 4] = ["font-family", "font-size", "font-weight", "text-anchor"];

/// A drawing on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub svg: String,
    pub width: f64,
    pub height: f64,
}

/// The chart with this name, as a document that shows the same anywhere; `None` without such a chart.
#[cfg(target_arch = "wasm32")]
pub fn of_chart(id: &str) -> Option<Drawing> {
    use wasm_bindgen::JsCast;
    let document = super::page::document();
    let window = web_sys::window()?;
    let shown = document.query_selector(&format!("[data-chart=\"{id}\"] .plot > svg")).ok()??;
    let copy: web_sys::Element = shown.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let (all, copies) = (shown.query_selector_all("*").ok()?, copy.query_selector_all("*").ok()?);
    let mut gone = Vec::new();
    for index in 0..all.length() {
        let (Some(shape), Some(copy)) = (element(all.get(index)), element(copies.get(index))) else { continue };
        if shape.class_list().contains("cross") {
            gone.push(copy.clone());
        }
        let Ok(Some(style)) = window.get_computed_style(&shape) else { continue };
        let text = if shape.tag_name() == "text" { &TEXT[..] } else { &[] };
        for name in SHAPE.into_iter().chain(text.iter().copied()) {
            // What a shape does not have is empty, and an attribute of a copy can be set.
            if let Ok(value) = style.get_property_value(name) {
                let _ = copy.set_attribute(name, &value);
            }
        }
        let _ = copy.remove_attribute("class");
    }
    gone.iter().for_each(web_sys::Element::remove);
    let number = |name: &str| shown.get_attribute(name).and_then(|text| text.parse::<f64>().ok());
    let (width, height) = (number("width")?, number("height")?);
    let _ = copy.set_attribute("viewBox", &format!("0 0 {width} {height}"));
    let ground = document.create_element_ns(Some("http://www.w3.org/2000/svg"), "rect").ok()?;
    for (name, value) in [("width", "100%"), ("height", "100%"), ("fill", &ground_of(&window, &shown))] {
        let _ = ground.set_attribute(name, value);
    }
    copy.prepend_with_node_1(&ground).ok()?;
    let svg = web_sys::XmlSerializer::new().ok()?.serialize_to_string(&copy).ok()?;
    Some(Drawing { svg, width, height })
}

#[cfg(target_arch = "wasm32")]
fn element(node: Option<web_sys::Node>) -> Option<web_sys::Element> {
    wasm_bindgen::JsCast::dyn_into(node?).ok()
}

/// The colour behind an element: that of the nearest one around it that has any.
#[cfg(target_arch = "wasm32")]
fn ground_of(window: &web_sys::Window, shown: &web_sys::Element) -> String {
    let mut around = shown.parent_element();
    while let Some(element) = around {
        let style = window.get_computed_style(&element).ok().flatten();
        let colour = style.and_then(|style| style.get_property_value("background-color").ok()).unwrap_or_default();
        if !colour.is_empty() && colour != "transparent" && colour != "rgba(0, 0, 0, 0)" {
            return colour;
        }
        around = element.parent_element();
    }
    "white".to_string()
}

/// Saves a drawing as a picture, twice as fine as it is shown.
///
/// # Errors
/// Where the browser could not draw it.
#[cfg(target_arch = "wasm32")]
pub async fn save_png(drawing: &Drawing, name: &str) -> Result<(), wasm_bindgen::JsValue> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    const FINENESS: f64 = 2.0;
    let blob = super::files::blob("image/svg+xml", &drawing.svg)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let picture = web_sys::HtmlImageElement::new()?;
    picture.set_src(&address);
    let decoded = JsFuture::from(picture.decode()).await;
    let drawn = decoded.and_then(|_| {
        let canvas: web_sys::HtmlCanvasElement = super::page::document().create_element("canvas")?.unchecked_into();
        canvas.set_width((drawing.width * FINENESS) as u32);
        canvas.set_height((drawing.height * FINENESS) as u32);
        let context = canvas.get_context("2d")?.ok_or("no canvas")?;
        let context: web_sys::CanvasRenderingContext2d = context.unchecked_into();
        context.scale(FINENESS, FINENESS)?;
        context.draw_image_with_html_image_element(&picture, 0.0, 0.0)?;
        Ok(canvas)
    });
    web_sys::Url::revoke_object_url(&address)?;
    let canvas = drawn?;
    let name = name.to_string();
    let saved = wasm_bindgen::prelude::Closure::once_into_js(move |blob: web_sys::Blob| {
        // Without an address there is nothing to download, and the browser has said so.
        let _ = super::files::save_blob(&name, &blob);
    });
    canvas.to_blob(saved.unchecked_ref())
}

/// Prints a drawing, and nothing else of the page.
#[cfg(target_arch = "wasm32")]
pub fn print(drawing: &Drawing) {
    const ID: &str = "sheet";
    let document = super::page::document();
    if let Some(older) = document.get_element_by_id(ID) {
        older.remove();
    }
    let Some((sheet, body)) = document.create_element("div").ok().zip(document.body()) else { return };
    sheet.set_id(ID);
    sheet.set_inner_html(&drawing.svg);
    // An element can stand in a body that it does not contain.
    let _ = body.append_child(&sheet);
    let gone = wasm_bindgen::prelude::Closure::once_into_js(move || {
        sheet.remove();
        // It is called once: the page may be printed again, as it is.
        if let Some(window) = web_sys::window() {
            window.set_onafterprint(None);
        }
    });
    if let Some(window) = web_sys::window() {
        window.set_onafterprint(Some(wasm_bindgen::JsCast::unchecked_ref(&gone)));
        // A browser that cannot print says so itself.
        let _ = window.print();
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn print(_drawing: &Drawing) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn of_chart(_id: &str) -> Option<Drawing> {
    None
}

#[cfg(not(target_arch = "wasm32"))]
pub async fn save_png(_drawing: &Drawing, _name: &str) -> Result<(), wasm_bindgen::JsValue> {
    Ok(())
}
