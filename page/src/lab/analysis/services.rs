use rehearsal::cost::Part;
use rehearsal::scenario::{
    ApiGateway, DynamoDb, ElastiCache, Embeddings, Fargate, Guardrails, INFRASTRUCTURE_SOURCE, Infrastructure,
    OpenSearch, Unit,
};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use super::panel::Panel;
use super::state::Lens;
use crate::components::Field;
use crate::speech::use_speech;

/// A service around the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    ApiGateway,
    Fargate,
    DynamoDb,
    OpenSearch,
    ElastiCache,
    Guardrails,
    Embeddings,
}

impl Service {
    const ALL: [Service; 7] = [
        Service::ApiGateway,
        Service::Fargate,
        Service::DynamoDb,
        Service::OpenSearch,
        Service::ElastiCache,
        Service::Guardrails,
        Service::Embeddings,
    ];

    fn part(self) -> Part {
        match self {
            Service::ApiGateway => Part::ApiGateway,
            Service::Fargate => Part::Fargate,
            Service::DynamoDb => Part::DynamoDb,
            Service::OpenSearch => Part::OpenSearch,
            Service::ElastiCache => Part::ElastiCache,
            Service::Guardrails => Part::Guardrails,
            Service::Embeddings => Part::Embeddings,
        }
    }

    /// Its name; all but the last are names of products.
    fn name(self) -> Word {
        match self {
            Service::ApiGateway => Word::an_service_api_gateway,
            Service::Fargate => Word::an_service_fargate,
            Service::DynamoDb => Word::an_service_dynamodb,
            Service::OpenSearch => Word::an_service_opensearch,
            Service::ElastiCache => Word::an_service_elasticache,
            Service::Guardrails => Word::an_service_guardrails,
            Service::Embeddings => Word::an_service_embeddings,
        }
    }

    fn is_on(self, on: &Infrastructure) -> bool {
        match self {
            Service::ApiGateway => on.api_gateway.is_some(),
            Service::Fargate => on.fargate.is_some(),
            Service::DynamoDb => on.dynamodb.is_some(),
            Service::OpenSearch => on.opensearch.is_some(),
            Service::ElastiCache => on.elasticache.is_some(),
            Service::Guardrails => on.guardrails.is_some(),
            Service::Embeddings => on.embeddings.is_some(),
        }
    }

    /// Switches it on with its assumptions, or off.
    fn toggle(self, on: &mut Infrastructure) {
        fn flip<T: Default>(service: &mut Option<T>) {
            *service = if service.is_some() { None } else { Some(T::default()) };
        }
        match self {
            Service::ApiGateway => flip::<ApiGateway>(&mut on.api_gateway),
            Service::Fargate => flip::<Fargate>(&mut on.fargate),
            Service::DynamoDb => flip::<DynamoDb>(&mut on.dynamodb),
            Service::OpenSearch => flip::<OpenSearch>(&mut on.opensearch),
            Service::ElastiCache => flip::<ElastiCache>(&mut on.elasticache),
            Service::Guardrails => flip::<Guardrails>(&mut on.guardrails),
            Service::Embeddings => flip::<Embeddings>(&mut on.embeddings),
        }
    }
}

/// What stands around the model: each off until it is switched on, every unit and price editable.
#[component]
pub fn ServicesPanel(lens: &Lens) -> Html {
    let speech = use_speech();
    let estimate = &lens.answers.estimate;
    let toggle = |service: Service| {
        let (adopt, scenario) = (lens.adopt.clone(), lens.scenario.clone());
        Callback::from(move |_: MouseEvent| {
            let mut changed = (*scenario).clone();
            service.toggle(&mut changed.infrastructure);
            adopt.emit(changed);
        })
    };
    let mut on = lens.scenario.infrastructure.clone();
    let numbers: Vec<(&str, &str, f64)> =
        on.numbers_mut().into_iter().map(|(service, field, value)| (service, field, *value)).collect();
    html! {
        <Panel id="services" title={Word::an_services} lead={Word::an_services_lead} how={Word::an_services_how} wide=true>
            <ul class="services">
                for service in Service::ALL {
                    <li class={service.is_on(&lens.scenario.infrastructure).then_some("on")}>
                        <label class="toggle">
                            <input type="checkbox" checked={service.is_on(&lens.scenario.infrastructure)} onclick={toggle(service)} data-toggle={service.part().key()} />
                            <span>{ speech.word(service.name()) }</span>
                            if service.is_on(&lens.scenario.infrastructure) {
                                <b>{ lens.money(&speech, estimate.parts.get(service.part()).map(|usd| usd.dollars())) }</b>
                            }
                        </label>
                        if service.is_on(&lens.scenario.infrastructure) {
                            <div class="fields">
                                for (name, field, value) in numbers.iter().filter(|(name, ..)| *name == service.part().key()) {
                                    { number(lens, &speech.word(field_name(field)), name, field, *value) }
                                }
                            </div>
                        }
                    </li>
                }
            </ul>
            <p class="hint">{ speech.say(&Message::new(Word::an_services_source).text("source", INFRASTRUCTURE_SOURCE)) }</p>
        </Panel>
    }
}

fn number(lens: &Lens, label: &str, service: &str, field: &str, value: f64) -> Html {
    let (adopt, scenario) = (lens.adopt.clone(), lens.scenario.clone());
    let (of, name) = (service.to_string(), field.to_string());
    let on_set = Callback::from(move |value: Option<f64>| {
        let Some(value) = value else { return };
        let mut changed = (*scenario).clone();
        for (service, field, place) in changed.infrastructure.numbers_mut() {
            if service == of && field == name {
                *place = value;
            }
        }
        adopt.emit(changed);
    });
    html! { <Field id={format!("{service}-{field}")} label={label.to_string()} {value} max={1e9} unit={Unit::Exact} {on_set} /> }
}

fn field_name(field: &str) -> Word {
    match field {
        "frames_per_message" => Word::an_frames_per_message,
        "connection_minutes_per_message" => Word::an_connection_minutes,
        "usd_per_1m_frames" => Word::an_usd_frames,
        "usd_per_1m_connection_minutes" => Word::an_usd_connection_minutes,
        "tasks" => Word::an_tasks,
        "vcpu_per_task" => Word::an_vcpu,
        "memory_gb_per_task" => Word::an_memory,
        "usd_per_vcpu_hour" => Word::an_usd_vcpu,
        "usd_per_gb_hour" => Word::an_usd_gb,
        "writes_per_message" => Word::an_writes,
        "reads_per_message" => Word::an_reads,
        "usd_per_1m_writes" => Word::an_usd_writes,
        "usd_per_1m_reads" => Word::an_usd_reads,
        "ocu" => Word::an_ocu,
        "usd_per_ocu_hour" => Word::an_usd_ocu,
        "nodes" => Word::an_nodes,
        "usd_per_node_hour" => Word::an_usd_node,
        "units_per_question" => Word::an_units_question,
        "units_per_answer" => Word::an_units_answer,
        "usd_per_1k_units" => Word::an_usd_units,
        _ => Word::an_tokens_per_message,
    }
}
