//! One request looked at for many models: what is the same for several of them is found once.

use crate::bedrock::{Ask, Dialect, Exception, ModelRules, Operation, Request, arn};
use crate::catalog::{Mode, Model, TextWeights, TokenizerFamily};
use crate::rules::Frame;

use super::prompt::Prompt;

/// What was found of the bodies that were looked at last.
#[derive(Debug, Default)]
pub(crate) struct Again {
    weights: TextWeights,
    bodies: Vec<Body>,
}

/// A body as models of one way of reading read it.
#[derive(Debug)]
struct Body {
    bytes: Vec<u8>,
    operation: Operation,
    reading: Reading,
    ask: Result<Ask, Exception>,
    prompts: Vec<(TokenizerFamily, &'static Frame, Prompt)>,
}

/// All that reading a body takes from its model: two models of one reading read the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Converse,
    Claude {
        versions: &'static str,
        schema_era: bool,
    },
    Nova,
    Other,
    /// Nobody else reads as it does: a door, a prompt of Prompt management.
    Own,
}

impl Reading {
    fn of(operation: Operation, at_door: bool, model: &Model, model_id: &str, rules: &ModelRules) -> Self {
        if at_door || model.mode == Mode::Embedding || arn::prompt(model_id).is_some() {
            return Reading::Own;
        }
        match operation {
            Operation::Converse | Operation::ConverseStream => Reading::Converse,
            Operation::InvokeModel | Operation::InvokeModelWithResponseStream => match rules.dialect {
                Dialect::Claude => {
                    Reading::Claude { versions: rules.cell("api_versions"), schema_era: rules.schema_era() }
                }
                Dialect::Nova => Reading::Nova,
                Dialect::Other | Dialect::Embedding | Dialect::Rerank => Reading::Other,
            },
            _ => Reading::Own,
        }
    }
}

impl Again {
    /// The most bodies that are kept: a request and what mends it.
    const MOST: usize = 32;

    /// Forgets the bodies: another request comes.
    pub fn begin(&mut self) {
        self.bodies.clear();
    }

    /// What a request asks of a model, read by `read` where no model of the same reading asked before; its headers are
    /// taken to be those of the requests before.
    pub fn ask(
        &mut self,
        (request, operation, at_door): (&Request, Operation, bool),
        (model, model_id, rules): (&Model, &str, &ModelRules),
        read: impl FnOnce() -> Result<Ask, Exception>,
    ) -> Asking<'_> {
        let reading = Reading::of(operation, at_door, model, model_id, rules);
        let fits = |body: &Body| {
            reading != Reading::Own
                && body.reading == reading
                && body.operation == operation
                && body.bytes == request.body
        };
        let known = self.bodies.iter().position(fits);
        let at = known.unwrap_or_else(|| {
            if self.bodies.len() >= Self::MOST {
                self.bodies.remove(0);
            }
            let bytes = if reading == Reading::Own { Vec::new() } else { request.body.clone() };
            self.bodies.push(Body { bytes, operation, reading, ask: read(), prompts: Vec::new() });
            self.bodies.len() - 1
        });
        let body = &mut self.bodies[at];
        if let Ok(ask) = &mut body.ask
            && ask.model_id != model_id
        {
            ask.model_id = model_id.to_string();
        }
        Asking { body, weights: &mut self.weights }
    }

    /// What the last body asked, and its prompt as the last model read it.
    pub fn last(mut self) -> Option<(Ask, Prompt)> {
        let mut body = self.bodies.pop()?;
        Some((body.ask.ok()?, body.prompts.pop()?.2))
    }
}

/// A body that was read.
pub(crate) struct Asking<'a> {
    body: &'a mut Body,
    weights: &'a mut TextWeights,
}

impl Asking<'_> {
    pub fn ask(&self) -> Result<&Ask, &Exception> {
        self.body.ask.as_ref()
    }

    /// Its prompt as a model of a family reads it, in its frame; `None` where it could not be read.
    pub fn prompt(&mut self, family: TokenizerFamily, frame: &'static Frame) -> Option<&Prompt> {
        let Body { ask, prompts, .. } = &mut *self.body;
        let ask = ask.as_ref().ok()?;
        let fits =
            |(known, of, _): &(TokenizerFamily, &'static Frame, Prompt)| *known == family && std::ptr::eq(*of, frame);
        let at = prompts.iter().position(fits).unwrap_or_else(|| {
            prompts.push((family, frame, Prompt::weighed(ask, family, frame, self.weights)));
            prompts.len() - 1
        });
        prompts.get(at).map(|(_, _, prompt)| prompt)
    }
}
