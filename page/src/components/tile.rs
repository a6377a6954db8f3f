use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub label: String,
    pub value: String,
    #[prop_or_default]
    pub note: String,
    /// Belongs to what is on the screen; otherwise it is dimmed.
    #[prop_or(true)]
    pub fresh: bool,
    /// The first figure of its row, larger.
    #[prop_or_default]
    pub lead: bool,
    /// It says that something went wrong.
    #[prop_or_default]
    pub alarming: bool,
    /// A stable name for tests.
    #[prop_or_default]
    pub id: &'static str,
    /// How it differs from the pinned scenario's.
    #[prop_or_default]
    pub children: Html,
}

/// One figure with its name.
#[component]
pub fn Tile(props: &Props) -> Html {
    tile(props)
}

/// The same where no component of its own is needed, which would make a program larger.
pub fn tile(props: &Props) -> Html {
    html! {
        <div class={classes!("tile", props.lead.then_some("lead"), props.alarming.then_some("alarming"), (!props.fresh).then_some("stale"))}
            aria-busy={(!props.fresh).to_string()}>
            <dt>{ &props.label }</dt>
            <dd data-figure={props.id}>{ &props.value }</dd>
            if !props.note.is_empty() {
                <dd class="note">{ &props.note }</dd>
            }
            if props.children != Html::default() {
                <dd class="note" data-delta={props.id}>{ props.children.clone() }</dd>
            }
        </div>
    }
}
