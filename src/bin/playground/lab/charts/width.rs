use yew::prelude::*;

/// The width of an element in pixels, followed as it changes; 640 until it is known.
#[hook]
pub fn use_width(node: &NodeRef) -> f64 {
    let width = use_state_eq(|| 640.0);
    {
        let (node, width) = (node.clone(), width.clone());
        use_effect_with((), move |()| crate::platform::page::observe_width(node, move |pixels| width.set(pixels)));
    }
    *width
}
