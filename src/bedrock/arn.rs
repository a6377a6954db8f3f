//! ARNs in place of a model's id: what they name, and what is said of one that hides its model.

use super::exception::Exception;

/// What the service says of an id that is no model's.
pub const NO_SUCH_MODEL: &str = "The provided model identifier is invalid.";

/// The kind and the name of an ARN's resource: `prompt` and `PROMPT12345:1`.
pub fn resource(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?.split_once('/')
}

/// The name of a prompt of Prompt management, with its version.
pub fn prompt(id: &str) -> Option<&str> {
    resource(id).filter(|(kind, _)| *kind == "prompt").map(|(_, name)| name)
}

/// Whether an ARN is a prompt router's, AWS's own or a team's.
pub fn is_router(id: &str) -> bool {
    resource(id).is_some_and(|(kind, _)| matches!(kind, "default-prompt-router" | "prompt-router"))
}

/// Whether an ARN stands for a model that it does not name: an application inference profile, a prompt, a router.
pub fn hides_model(id: &str) -> bool {
    resource(id).is_some_and(|(kind, _)| !matches!(kind, "foundation-model" | "inference-profile"))
}

/// What the bare id of a model is answered that is served by inference profiles only.
pub fn no_on_demand(id: &str) -> Exception {
    Exception::validation(format!(
        "Invocation of model ID {id} with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model."
    ))
}

/// What an id is answered that names no model here, `known` being what an alias says of it, or the id itself. Of an
/// ARN that hides its model it says what to do.
pub fn unknown_model(id: &str, known: &str) -> Exception {
    let told = if id != known {
        format!(" `aliases` in Rehearsal's configuration says {known}, which is no model of the catalog.")
    } else if hides_model(id) {
        format!(" {}", name_it(id))
    } else {
        String::new()
    };
    Exception::validation(format!("{NO_SUCH_MODEL}{told}"))
}

/// How the mock is told which model an ARN stands for.
pub fn name_it(id: &str) -> String {
    let shown: String = id.chars().take(200).collect();
    format!(
        "Rehearsal cannot know which model {shown} stands for: name it under `aliases` in the mock's configuration, {{\"aliases\": {{\"{shown}\": \"MODEL ID\"}}}}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_it_names() {
        let arn = |rest: &str| format!("arn:aws:bedrock:us-east-1:123456789012:{rest}");
        let check = |id: &str, named: Option<(&str, &str)>, hides: bool| {
            assert_eq!((resource(id), hides_model(id)), (named, hides), "{id}");
        };
        check(&arn("prompt/PROMPT12345:1"), Some(("prompt", "PROMPT12345:1")), true);
        check(
            &arn("default-prompt-router/anthropic.claude:1"),
            Some(("default-prompt-router", "anthropic.claude:1")),
            true,
        );
        check(&arn("application-inference-profile/abc"), Some(("application-inference-profile", "abc")), true);
        let profile = "us.amazon.nova-pro-v1:0";
        check(&arn(&format!("inference-profile/{profile}")), Some(("inference-profile", profile)), false);
        check(
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
            Some(("foundation-model", "amazon.nova-pro-v1:0")),
            false,
        );
        check("amazon.nova-pro-v1:0", None, false);
        check("arn:aws:bedrock", None, false);
        assert_eq!(prompt(&arn("prompt/PROMPT12345:1")), Some("PROMPT12345:1"));
        assert!(is_router(&arn("prompt-router/x")) && !is_router(&arn("prompt/x")));
        let told = |id: &str, known: &str| unknown_model(id, known).message;
        assert_eq!(told("nobody", "nobody"), NO_SUCH_MODEL);
        assert!(
            told(&arn("prompt/x"), &arn("prompt/x"))
                .ends_with("{\"aliases\": {\"arn:aws:bedrock:us-east-1:123456789012:prompt/x\": \"MODEL ID\"}}.")
        );
        assert!(told("team", "nobody").contains("says nobody, which is no model"));
    }
}
