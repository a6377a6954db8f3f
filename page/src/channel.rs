//! Everything that crosses between the page's two programs: one typed message each way, packed, taken
//! once, in the order in which it was sent. `platform::host` carries it.

use std::rc::Rc;

use rehearsal::pack::{Pack, Packed, Reader};
use rehearsal::scenario::{Preset, Scenario};
use rehearsal::sim::{LoadPoint, Outcome};
use rehearsal::workspace::Workspace;

use crate::commands::Command;
use crate::period::Period;
use crate::platform::intl::Language;
use crate::view::View;

/// Declares messages and packs each under its name.
macro_rules! messages {
    ($(#[$doc:meta])* $name:ident {
        $( $(#[$of:meta])* $variant:ident { $($field:ident: $type:ty),* $(,)? } ),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name { $( $(#[$of])* $variant { $($field: $type),* } ),* }

        impl Pack for $name {
            fn pack(&self, out: &mut Packed) {
                match self {
                    $( $name::$variant { $($field),* } => {
                        stringify!($variant).to_string().pack(out);
                        $( $field.pack(out); )*
                    } )*
                }
            }

            fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
                match String::unpack(reader)?.as_str() {
                    $( stringify!($variant) => {
                        $( let $field = <$type>::unpack(reader)?; )*
                        Some($name::$variant { $($field),* })
                    } )*
                    _ => None,
                }
            }
        }
    };
}

messages! {
    /// What the first program says to the later one.
    ToLater {
        /// Which view is shown, in which language, with money of which period.
        Show { view: View, language: Language, period: Period },
        /// The scenario on the screen, and the generation it belongs to.
        Scenario { generation: u64, scenario: Rc<Scenario> },
        /// What the charts show.
        Results { results: Rc<Results> },
        /// To open something above the page.
        Above { what: Above },
        /// To choose the model of a query type, by its place.
        PickModel { index: usize },
        /// To open the dialog of a command, about this work.
        Dialog { command: Command, workspace: Rc<Workspace> },
    }
}

messages! {
    /// What the later program says to the first.
    ToFirst {
        /// It listens.
        Ready {},
        /// A scenario to become the one on the screen: one undoable edit. Where it is made of another one, nothing is
        /// done unless that is still on the screen.
        Adopt { scenario: Rc<Scenario>, instead_of: Option<Rc<Scenario>> },
        /// A document that was dropped, with the name of its file.
        Document { name: String, text: String },
        /// A command of the table.
        Run { command: Command },
        /// To go to a place of a view.
        GoTo { view: View, selector: String },
        /// A preset to be shown.
        Preset { preset: Preset },
        /// Work to be opened.
        Open { workspace: Rc<Workspace> },
        /// To call a column by a name.
        NameColumn { index: usize, name: String },
        RemoveColumn { index: usize },
        /// To edit the scenario of a column: it becomes the one on the screen.
        EditColumn { index: usize },
        /// A scenario in which one field is different, and whether the gesture that changed it is over.
        Edit { field: String, settled: bool, scenario: Rc<Scenario> },
    }
}

/// What opens above the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    Tour,
    OwnChatbot,
}

impl Above {
    pub const ALL: [Above; 2] = [Above::Tour, Above::OwnChatbot];
}

rehearsal::pack_choice!(Above);

/// What the page shows of the simulation, for the charts.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    pub slo_ms: f64,
    pub day: Option<Rc<Outcome>>,
    /// Whether the day belongs to the scenario on the screen.
    pub day_fresh: bool,
    /// The points of the load curve so far.
    pub load: Rc<Vec<LoadPoint>>,
    pub load_fresh: bool,
    /// The scenarios that this one is compared with.
    pub columns: Vec<Column>,
    /// Between what the P95 lies over what is assumed.
    pub p95_low: Option<f64>,
    pub p95_high: Option<f64>,
}

/// A scenario beside the one on the screen, with what is simulated of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: Option<String>,
    pub scenario: Rc<Scenario>,
    pub outcome: Option<Rc<Outcome>>,
    /// Its load curve.
    pub load: Rc<Vec<LoadPoint>>,
}

rehearsal::pack_fields!(Column { name, scenario, outcome, load });

rehearsal::pack_fields!(Results { slo_ms, day, day_fresh, load, load_fresh, columns, p95_low, p95_high });

impl ToLater {
    /// Whether a newer message of the kind says all that an older one did.
    fn replaces(&self, older: &ToLater) -> bool {
        let is_state = matches!(self, ToLater::Show { .. } | ToLater::Scenario { .. } | ToLater::Results { .. });
        is_state && std::mem::discriminant(self) == std::mem::discriminant(older)
    }

    /// Whether someone waits for what it asks: the later program is loaded for it.
    pub fn is_wanted(&self) -> bool {
        matches!(
            self,
            ToLater::Show { .. } | ToLater::Above { .. } | ToLater::PickModel { .. } | ToLater::Dialog { .. }
        )
    }
}

/// What waits for a program that is still on its way: of what is shown the newest, of what is asked for
/// everything, in order.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Vec<ToLater>,
    ready: bool,
}

impl Outbox {
    /// What is to be sent now.
    pub fn push(&mut self, message: ToLater) -> Option<ToLater> {
        if self.ready {
            return Some(message);
        }
        self.waiting.retain(|older| !message.replaces(older));
        self.waiting.push(message);
        None
    }

    /// The other side listens: what waited is sent, once.
    pub fn open(&mut self) -> Vec<ToLater> {
        self.ready = true;
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(generation: u64) -> ToLater {
        ToLater::Scenario { generation, scenario: Rc::new(Preset::Reference.scenario()) }
    }

    #[test]
    fn every_message_arrives_as_it_was_sent() {
        let workspace = Rc::new(Workspace { scenario: Preset::NoonThrottled.scenario(), ..Workspace::default() });
        let scenario_rc = Rc::new(Preset::NoonThrottled.scenario());
        let results = Results {
            slo_ms: 3_000.0,
            day: None,
            day_fresh: true,
            load: Rc::default(),
            load_fresh: false,
            columns: vec![Column {
                name: Some("A\nB".into()),
                scenario: scenario_rc.clone(),
                outcome: None,
                load: Rc::default(),
            }],
            p95_low: Some(1.5),
            p95_high: None,
        };
        for message in [
            ToLater::Show { view: View::About, language: Language::Japanese, period: Period::Month },
            scenario(7),
            ToLater::Results { results: Rc::new(results) },
            ToLater::Above { what: Above::Tour },
            ToLater::PickModel { index: 3 },
            ToLater::Dialog { command: Command::Share, workspace: workspace.clone() },
        ] {
            assert_eq!(Packed::of(&message).open(), Some(message));
        }
        for message in [
            ToFirst::Ready {},
            ToFirst::Adopt { scenario: scenario_rc.clone(), instead_of: Some(scenario_rc.clone()) },
            ToFirst::Document { name: "a\nb.json".into(), text: "{\n}".into() },
            ToFirst::Run { command: Command::Undo },
            ToFirst::NameColumn { index: 1, name: "安い案".into() },
            ToFirst::RemoveColumn { index: 2 },
            ToFirst::EditColumn { index: 0 },
            ToFirst::GoTo { view: View::Prices, selector: "[data-field='days']".into() },
            ToFirst::Preset { preset: Preset::NoonThrottled },
            ToFirst::Open { workspace },
            ToFirst::Edit { field: "cold\nrate".into(), settled: true, scenario: scenario_rc },
        ] {
            assert_eq!(Packed::of(&message).open(), Some(message));
        }
        // One direction's messages are none of the other's.
        assert_eq!(Packed::of(&ToFirst::Ready {}).open::<ToLater>(), None);
    }

    #[test]
    fn what_is_asked_before_the_other_side_listens_waits_in_order_and_is_taken_once() {
        let mut outbox = Outbox::default();
        let (tour, own) = (ToLater::Above { what: Above::Tour }, ToLater::Above { what: Above::OwnChatbot });
        for message in [scenario(1), tour.clone(), scenario(2), own.clone(), scenario(3)] {
            assert_eq!(outbox.push(message), None);
        }
        assert_eq!(outbox.open(), [tour.clone(), own, scenario(3)]);
        assert_eq!(outbox.open(), []);
        assert_eq!(outbox.push(tour.clone()), Some(tour));
    }
}
