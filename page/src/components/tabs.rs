use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props<T: PartialEq + Clone> {
    pub label: String,
    pub tabs: Vec<(T, String)>,
    /// Stable names for tests.
    #[prop_or_default]
    pub keys: Vec<&'static str>,
    pub chosen: T,
    pub on_choose: Callback<T>,
}

/// Tabs of the page: arrows move, the chosen one is in the tab order.
#[component]
pub fn Tabs<T: PartialEq + Clone + 'static>(props: &Props<T>) -> Html {
    let refs = use_memo(props.tabs.len(), |count| (0..*count).map(|_| NodeRef::default()).collect::<Vec<_>>());
    let onkeydown = |index: usize| {
        let (tabs, refs, on_choose) = (props.tabs.clone(), refs.clone(), props.on_choose.clone());
        Callback::from(move |event: KeyboardEvent| {
            let count = tabs.len();
            let next = match event.key().as_str() {
                "ArrowRight" => (index + 1) % count,
                "ArrowLeft" => (index + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(tabs[next].0.clone());
            if let Some(element) = refs[next].cast::<web_sys::HtmlElement>() {
                // A tab that is on the page can take the focus.
                let _ = element.focus();
            }
        })
    };
    // Of tabs of which none is chosen the first takes the focus.
    let chosen = props.tabs.iter().position(|(key, _)| *key == props.chosen).unwrap_or(0);
    html! {
        <nav class="tabs" role="tablist" aria-label={props.label.clone()}>
            for (index, (key, name)) in props.tabs.iter().enumerate() {
                <button role="tab" data-tab={props.keys.get(index).copied()} ref={refs[index].clone()} aria-controls="main"
                    aria-selected={(*key == props.chosen).to_string()}
                    tabindex={if index == chosen { "0" } else { "-1" }}
                    onkeydown={onkeydown(index)}
                    onclick={
                        let (on_choose, key) = (props.on_choose.clone(), key.clone());
                        Callback::from(move |_| on_choose.emit(key.clone()))
                    }>{ name }</button>
            }
        </nav>
    }
}
