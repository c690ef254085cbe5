//! A tool in, the tool as it is attacked and its unprotected twins out.
//!
//! Of all of them the quotas are taken away, so that no refusal by a quota is taken for another
//! one; but for the class that is about quotas. Specs are leaked: a handful for each tool that is
//! attacked.

use secure_tool::Tool;
use secure_tool::spec::{ApiSpec, Protection, Rate, ToolSpec};

/// The most calls of the class about quotas.
const BURST: u32 = 40;

/// What to do with the quotas of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Quotas {
    /// None.
    Without,
    /// As declared, with a burst that a test can use up.
    Short,
}

/// The tool without these protections, and with quotas as wanted.
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

/// The burst that the class about quotas has to use up: that of the tool, or else of its APIs.
pub(crate) fn burst(spec: &ToolSpec) -> Option<usize> {
    let own = spec.rate.map(|rate| short(rate).burst);
    let of_apis = spec.apis.iter().filter_map(|api| api.rate).map(|rate| short(rate).burst).min();
    own.into_iter().chain(of_apis).min().and_then(|burst| usize::try_from(burst).ok())
}

fn short(rate: Rate) -> Rate {
    Rate { burst: rate.burst.min(BURST), ..rate }
}
