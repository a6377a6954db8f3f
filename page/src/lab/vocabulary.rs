//! Vocabularies for counts of tokens, loaded when a text of their family is first counted.

use std::rc::Rc;

use rehearsal::catalog::{TokenizerFamily, Vocabulary};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::platform::files;

/// What is known of a family's vocabulary.
#[derive(Clone)]
enum Known {
    Loading,
    Loaded(Rc<Vocabulary>),
    Failed(String),
}

/// The vocabulary of a family, `None` until it is there, and why it will not come. Nothing is loaded for `None`, or for
/// a family whose vocabulary may not be shipped.
#[hook]
pub fn use_vocabulary(family: Option<TokenizerFamily>) -> (Option<Rc<Vocabulary>>, Option<String>) {
    let known = use_mut_ref(|| [const { None::<Known> }; TokenizerFamily::ALL.len()]);
    let redraw = use_force_update();
    {
        let known = known.clone();
        use_effect_with(family, move |family| {
            let wanted = family.and_then(|family| Some((family, family.vocabulary_file()?)));
            let Some((family, file)) = wanted.filter(|(family, _)| known.borrow()[*family as usize].is_none()) else {
                return;
            };
            known.borrow_mut()[family as usize] = Some(Known::Loading);
            spawn_local(async move {
                let name = format!("vocabularies/{file}");
                let loaded = match files::content(&name).await {
                    Err(why) => Known::Failed(why),
                    Ok(bytes) => match Vocabulary::open(family, &bytes) {
                        Some(vocabulary) => Known::Loaded(Rc::new(vocabulary)),
                        None => Known::Failed(name),
                    },
                };
                known.borrow_mut()[family as usize] = Some(loaded);
                redraw.force_update();
            });
        });
    }
    let known = family.and_then(|family| known.borrow()[family as usize].clone());
    match known {
        Some(Known::Loaded(vocabulary)) => (Some(vocabulary), None),
        Some(Known::Failed(why)) => (None, Some(why)),
        Some(Known::Loading) | None => (None, None),
    }
}
