use yew::prelude::*;

/// The width of an element in units of charts, followed as it changes; 640 until it is known. A unit
/// is a pixel where type has its usual size, and grows with it.
#[hook]
pub fn use_width(node: &NodeRef) -> f64 {
    let width = use_state_eq(|| 640.0);
    {
        let (node, width) = (node.clone(), width.clone());
        use_effect_with((), move |()| crate::platform::page::observe_width(node, move |units| width.set(units)));
    }
    *width
}

/// What a drawing covers, as an attribute: it is shown as wide as there is room.
pub fn view_box(width: f64, height: f64) -> String {
    format!("0 0 {width} {height}")
}
