//! Builds the attacked tool and its unprotected twins.
//!
//! They have no quotas, so that a refusal by a quota can't be mistaken for another one. The class
//! `quota` keeps them. Specs are leaked: a few for each attacked tool.

use secure_tool::Tool;
use secure_tool::spec::{ApiSpec, Protection, Rate, ToolSpec};

/// The maximum number of calls in the class `quota`.
const BURST: u32 = 40;

/// The quotas of an attacked tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Quotas {
    /// No quotas.
    Without,
    /// The declared quotas, with a burst of at most 40.
    Short,
}

/// Returns the tool without these protections, and with these quotas.
pub(crate) fn twin(tool: Tool, without: &[Protection], quotas: Quotas) -> Tool {
    let rate = |rate: Option<Rate>| rate.filter(|_| quotas == Quotas::Short).map(short);
    let apis: Vec<&'static ApiSpec> = tool
        .spec()
        .apis
        .iter()
        .map(|api| &*Box::leak(Box::new(ApiSpec { rate: rate(api.rate), ..**api })))
        .collect();
    let spec = ToolSpec {
        rate: rate(tool.spec().rate),
        apis: Vec::leak(apis),
        removed: without
            .iter()
            .fold(tool.spec().removed, |removed, protection| removed.and(*protection)),
        ..*tool.spec()
    };
    Tool::new(Box::leak(Box::new(spec)), *tool.code())
}

/// Returns the smallest burst of the tool and its APIs, which the class `quota` exhausts.
pub(crate) fn burst(spec: &ToolSpec) -> Option<usize> {
    let own = spec.rate.map(|rate| short(rate).burst);
    let of_apis = spec.apis.iter().filter_map(|api| api.rate).map(|rate| short(rate).burst).min();
    own.into_iter().chain(of_apis).min().and_then(|burst| usize::try_from(burst).ok())
}

fn short(rate: Rate) -> Rate {
    Rate { burst: rate.burst.min(BURST), ..rate }
}
