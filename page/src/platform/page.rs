//! The document: where the page is mounted, its language and its theme.

use yew::BaseComponent;

/// A colour scheme a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn key(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn from_key(key: &str) -> Self {
        match key {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }
}

/// Replaces what is inside an element by the application; without the element nothing happens.
#[cfg(target_arch = "wasm32")]
pub fn mount<App: BaseComponent>(id: &str, properties: App::Properties) {
    if let Some(root) = document().get_element_by_id(id) {
        root.set_inner_html("");
        yew::Renderer::<App>::with_root_and_props(root, properties).render();
    }
}

/// As [`mount`], inside the page of another program.
///
/// Yew numbers its roots from 1, in each program anew, and knows by that number whose an event is.
/// A root that is made for nothing gives this program another number: otherwise a click here would
/// run whatever the other program has under the same number.
#[cfg(target_arch = "wasm32")]
pub fn mount_within<App: BaseComponent>(id: &str, properties: App::Properties) {
    #[yew::component]
    fn Nothing() -> yew::Html {
        yew::Html::default()
    }
    if let Ok(nowhere) = document().create_element("div") {
        yew::Renderer::<Nothing>::with_root(nowhere).render().destroy();
    }
    mount::<App>(id, properties);
}

#[cfg(not(target_arch = "wasm32"))]
pub fn mount_within<App: BaseComponent>(_id: &str, _properties: App::Properties) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn mount<App: BaseComponent>(_id: &str, _properties: App::Properties) {}

/// Moves the focus to the first element that a selector finds, once the page is drawn.
#[cfg(target_arch = "wasm32")]
pub fn focus_on(selector: String) {
    wasm_bindgen_futures::spawn_local(async move {
        super::clock::sleep(0.0).await;
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) =
            found.and_then(|element| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element).ok())
        {
            // What cannot take the focus leaves it where it is.
            let _ = element.focus();
        }
    });
}

#[cfg(not(target_arch = "wasm32"))]
pub fn focus_on(_selector: String) {}

/// Opens a dialog over the page.
#[cfg(target_arch = "wasm32")]
pub fn show_dialog(node: &yew::NodeRef) {
    if let Some(dialog) = node.cast::<web_sys::HtmlDialogElement>().filter(|dialog| !dialog.open()) {
        // A dialog that is on the page and closed can be shown.
        let _ = dialog.show_modal();
    }
}

/// Closes a dialog, which gives the focus back.
#[cfg(target_arch = "wasm32")]
pub fn close_dialog(node: &yew::NodeRef) {
    if let Some(dialog) = node.cast::<web_sys::HtmlDialogElement>() {
        dialog.close();
    }
}

#[cfg(target_arch = "wasm32")]
thread_local! {
    /// What is shown inside elements of the other program, by their ids.
    static WITHIN: std::cell::RefCell<std::collections::BTreeMap<&'static str, web_sys::Element>> =
        const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
}

/// Shows something inside another element of the page, which another program made and may make anew.
///
/// It stands in an element of its own that is moved there: whatever Yew shows a portal in it never lets go
/// of, so there is one for each place and not one for each time that the place was made. For the same
/// reason the portal stays while there is nothing to show.
#[cfg(target_arch = "wasm32")]
pub fn within(id: &'static str, content: yew::Html) -> yew::Html {
    let made = || {
        let host = document().create_element("div").ok()?;
        host.set_class_name("within");
        Some(host)
    };
    let known = WITHIN.with_borrow(|known| known.get(id).cloned());
    let Some(host) = known.or_else(made) else { return yew::Html::default() };
    WITHIN.with_borrow_mut(|known| known.insert(id, host.clone()));
    if let Some(place) = document().get_element_by_id(id)
        && host.parent_element().as_ref() != Some(&place)
    {
        // An element can stand in another one that it does not contain.
        let _ = place.append_child(&host);
    }
    yew::create_portal(content, host)
}

/// Scrolls an element into sight.
#[cfg(target_arch = "wasm32")]
pub fn reveal(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        element.scroll_into_view_with_bool(false);
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn show_dialog(_node: &yew::NodeRef) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn close_dialog(_node: &yew::NodeRef) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn within(_id: &'static str, content: yew::Html) -> yew::Html {
    content
}

#[cfg(not(target_arch = "wasm32"))]
pub fn reveal(_selector: &str) {}

/// Clicks the first element that a selector finds: a file chooser opens only so.
#[cfg(target_arch = "wasm32")]
pub fn click_on(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) =
        found.and_then(|element| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(element).ok())
    {
        element.click();
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn click_on(_selector: &str) {}

/// Runs once the page is there; it may wait for something before it is mounted.
#[cfg(target_arch = "wasm32")]
pub fn run(program: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(program);
}

#[cfg(not(target_arch = "wasm32"))]
pub fn run(_program: impl Future<Output = ()> + 'static) {}

#[cfg(target_arch = "wasm32")]
pub fn document() -> web_sys::Document {
    web_sys::window()
        .and_then(|window| window.document())
        .unwrap_or_else(|| unreachable!("the page runs in a document"))
}

/// Sets the colour scheme and the language of the whole document.
#[cfg(target_arch = "wasm32")]
pub fn dress(theme: Theme, language: &str, title: &str) {
    let document = document();
    document.set_title(title);
    if let Some(root) = document.document_element() {
        // Attributes of an element that exists can always be set.
        let _ = root.set_attribute("data-theme", theme.key());
        let _ = root.set_attribute("lang", language);
    }
}

/// The language of the document before anyone chose one.
#[cfg(target_arch = "wasm32")]
pub fn language() -> String {
    document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_else(|| "en".to_string())
}

#[cfg(not(target_arch = "wasm32"))]
pub fn dress(_theme: Theme, _language: &str, _title: &str) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn language() -> String {
    "en".to_string()
}

/// The name of the scenario on the screen.
#[cfg(target_arch = "wasm32")]
pub fn scenario_name() -> String {
    let named = document().query_selector("[data-scenario]").ok().flatten();
    named.and_then(|element| element.get_attribute("data-scenario")).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn scenario_name() -> String {
    String::new()
}

/// What an element says; nothing without one.
#[cfg(target_arch = "wasm32")]
pub fn text_of(selector: &str) -> String {
    found(selector).and_then(|element| element.text_content()).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn text_of(_selector: &str) -> String {
    String::new()
}

/// Whether there is such an element and it can be seen.
#[cfg(target_arch = "wasm32")]
pub fn is_shown(selector: &str) -> bool {
    found(selector).is_some_and(|element| element.get_bounding_client_rect().width() > 0.0)
}

/// Left, top, width and height, in pixels of the window.
pub type Rect = (f64, f64, f64, f64);

/// Where a box is to stand, its left and top edge: of where the element is that it points at, how
/// large the box is, and how large the window.
pub type Place = fn(Rect, (f64, f64), (f64, f64)) -> (f64, f64);

/// Points at an element: marks it, brings it into sight, and puts a box where `place` wants it.
#[cfg(target_arch = "wasm32")]
pub fn point_at(box_node: &yew::NodeRef, selector: &str, place: Place) {
    let Some((element, shown)) = found(selector).zip(box_node.cast::<web_sys::HtmlElement>()) else { return };
    // An attribute of an element that exists can always be set.
    let _ = element.set_attribute("data-pointed", "");
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    stand(box_node, selector, place);
    let _ = shown.focus();
}

/// Puts a box where `place` wants it beside an element.
#[cfg(target_arch = "wasm32")]
pub fn stand(box_node: &yew::NodeRef, selector: &str, place: Place) {
    let Some((element, shown)) = found(selector).zip(box_node.cast::<web_sys::HtmlElement>()) else { return };
    let (at, size) = (element.get_bounding_client_rect(), shown.get_bounding_client_rect());
    let root = document().document_element();
    let (width, height) =
        root.map_or((0.0, 0.0), |root| (f64::from(root.client_width()), f64::from(root.client_height())));
    let element = (at.left(), at.top(), at.width(), at.height());
    let (left, top) = place(element, (size.width(), size.height()), (width, height));
    for (name, pixels) in [("--left", left), ("--top", top)] {
        // A property of an element that exists can always be set.
        let _ = shown.style().set_property(name, &format!("{pixels}px"));
    }
}

/// Brings an element into sight that begins outside the window, once the page is drawn.
#[cfg(target_arch = "wasm32")]
pub fn turn_to(selector: &'static str) {
    wasm_bindgen_futures::spawn_local(async move {
        super::clock::sleep(0.0).await;
        let height = document().document_element().map_or(0.0, |root| f64::from(root.client_height()));
        if let Some(element) = found(selector) {
            let top = element.get_bounding_client_rect().top();
            if top < 0.0 || top > 0.75 * height {
                element.scroll_into_view();
            }
        }
    });
}

#[cfg(not(target_arch = "wasm32"))]
pub fn turn_to(_selector: &'static str) {}

/// Takes the mark from an element again.
#[cfg(target_arch = "wasm32")]
pub fn point_no_more(selector: &str) {
    if let Some(element) = found(selector) {
        // As above.
        let _ = element.remove_attribute("data-pointed");
    }
}

#[cfg(target_arch = "wasm32")]
fn found(selector: &str) -> Option<web_sys::Element> {
    document().query_selector(selector).ok().flatten()
}

/// Whether nobody has taken hold of anything on the page yet.
#[cfg(target_arch = "wasm32")]
pub fn is_untouched() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

#[cfg(not(target_arch = "wasm32"))]
pub fn is_shown(_selector: &str) -> bool {
    true
}

#[cfg(not(target_arch = "wasm32"))]
pub fn point_at(_box_node: &yew::NodeRef, _selector: &str, _place: Place) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn stand(_box_node: &yew::NodeRef, _selector: &str, _place: Place) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn point_no_more(_selector: &str) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn is_untouched() -> bool {
    false
}

/// Lets an element have all of a pointer's moves until it is released.
#[cfg(target_arch = "wasm32")]
pub fn hold_pointer(event: &web_sys::PointerEvent) {
    use wasm_bindgen::JsCast;
    if let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
        // A pointer that is gone again needs no holding.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// How many pixels a unit of charts has: one where type has its usual size.
#[cfg(target_arch = "wasm32")]
fn unit() -> f64 {
    const USUAL_PX: f64 = 15.0;
    let style = document().document_element().zip(web_sys::window());
    let style = style.and_then(|(root, window)| window.get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    let size = size.and_then(|size| size.strip_suffix("px").map(js_sys::parse_float));
    size.map(|px| px / USUAL_PX).filter(|unit| *unit > 0.0).unwrap_or(1.0)
}

/// How far from an element's left edge a pointer is, in units of charts.
#[cfg(target_arch = "wasm32")]
pub fn across(node: &yew::NodeRef, event: &web_sys::PointerEvent) -> f64 {
    let left = node.cast::<web_sys::Element>().map_or(0.0, |element| element.get_bounding_client_rect().left());
    (f64::from(event.client_x()) - left) / unit()
}

/// How far below an element's upper edge a pointer is, in units of charts.
#[cfg(target_arch = "wasm32")]
pub fn down(node: &yew::NodeRef, event: &web_sys::PointerEvent) -> f64 {
    let top = node.cast::<web_sys::Element>().map_or(0.0, |element| element.get_bounding_client_rect().top());
    (f64::from(event.client_y()) - top) / unit()
}

#[cfg(not(target_arch = "wasm32"))]
pub fn down(_node: &yew::NodeRef, _event: &web_sys::PointerEvent) -> f64 {
    0.0
}

#[cfg(not(target_arch = "wasm32"))]
pub fn hold_pointer(_event: &web_sys::PointerEvent) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn across(_node: &yew::NodeRef, _event: &web_sys::PointerEvent) -> f64 {
    0.0
}

/// Tells the width of an element in units of charts, now and whenever it changes.
#[cfg(target_arch = "wasm32")]
pub fn observe_width(node: yew::NodeRef, on_width: impl Fn(f64) + 'static) -> impl FnOnce() + 'static {
    use wasm_bindgen::JsCast;
    let element = node.cast::<web_sys::HtmlElement>();
    let watched = element.clone();
    let measure = wasm_bindgen::prelude::Closure::<dyn FnMut(js_sys::Array)>::new(move |_| {
        if let Some(element) = &watched {
            let width = f64::from(element.client_width());
            if width > 0.0 {
                on_width(width / unit());
            }
        }
    });
    let observer = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()).ok();
    if let Some((observer, element)) = observer.as_ref().zip(element.as_ref()) {
        observer.observe(element);
    }
    move || {
        if let Some(observer) = observer {
            observer.disconnect();
        }
        drop(measure);
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn observe_width(_node: yew::NodeRef, _on_width: impl Fn(f64) + 'static) -> impl FnOnce() + 'static {
    || {}
}

/// Closes a menu; `back` gives the focus to what opened it.
#[cfg(target_arch = "wasm32")]
pub fn close_menu(node: &yew::NodeRef, back: bool) {
    let Some(menu) = node.cast::<web_sys::Element>().filter(|menu| menu.has_attribute("open")) else { return };
    // An attribute that is there can be removed.
    let _ = menu.remove_attribute("open");
    if back && let Ok(Some(summary)) = menu.query_selector("summary") {
        let summary: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(summary);
        // What cannot take the focus leaves it where it is.
        let _ = summary.focus();
    }
}

/// Whether a click was on something that does something.
#[cfg(target_arch = "wasm32")]
pub fn is_pressed(event: &web_sys::MouseEvent) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest("button:not([data-stays])").is_ok_and(|button| button.is_some()))
}

/// Whether the focus goes from inside an element to somewhere else on the page.
#[cfg(target_arch = "wasm32")]
pub fn has_left(event: &web_sys::FocusEvent, node: &yew::NodeRef) -> bool {
    use wasm_bindgen::JsCast;
    let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    let inside = node.cast::<web_sys::Node>();
    inside.zip(to).is_some_and(|(inside, to)| !inside.contains(Some(&to)))
}

/// Goes to what a selector finds first, through the groups that it stands in, which open; whether there is
/// such a thing on the page.
#[cfg(target_arch = "wasm32")]
pub fn go_to(selector: &str) -> bool {
    use wasm_bindgen::JsCast;
    let Ok(Some(found)) = document().query_selector(selector) else { return false };
    let mut around = Some(found.clone());
    while let Some(element) = around {
        if element.tag_name().eq_ignore_ascii_case("details") {
            // An element that is on the page takes attributes.
            let _ = element.set_attribute("open", "");
        }
        around = element.parent_element();
    }
    found.scroll_into_view();
    const TAKES_FOCUS: &str = "input, select, button, summary, textarea";
    let within = || found.query_selector(TAKES_FOCUS).ok().flatten();
    let target = if found.matches(TAKES_FOCUS).unwrap_or(false) { Some(found.clone()) } else { within() };
    if let Some(target) = target.and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
        // What cannot take the focus leaves it where it is.
        let _ = target.focus();
    }
    true
}

#[cfg(not(target_arch = "wasm32"))]
pub fn close_menu(_node: &yew::NodeRef, _back: bool) {}

#[cfg(not(target_arch = "wasm32"))]
pub fn is_pressed(_event: &web_sys::MouseEvent) -> bool {
    false
}

#[cfg(not(target_arch = "wasm32"))]
pub fn has_left(_event: &web_sys::FocusEvent, _node: &yew::NodeRef) -> bool {
    false
}

#[cfg(not(target_arch = "wasm32"))]
pub fn go_to(_selector: &str) -> bool {
    false
}
