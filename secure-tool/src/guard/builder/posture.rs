//! Describes a guard: the builder and its built parts in, the posture out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, domains};
use crate::audit::Audit;
use crate::engine::RegisteredTool;
use crate::judge::GuardJudge;
use crate::posture::{OwnConnection, Posture, PostureApi, PostureTool, Weakness};
use crate::spec::{Auth, Confirm, Part, Protection, Source};
use crate::transport::ApiClient;

impl Builder {
    /// Returns the connections of the secret store, of credentials and of the judge.
    fn own_connections(
        &self,
        clients: &BTreeMap<&'static str, Arc<ApiClient>>,
        judge: Option<&GuardJudge>,
    ) -> Vec<OwnConnection> {
        let mut connections =
            self.secrets.as_ref().map(|secrets| secrets.connections()).unwrap_or_default();
        connections.extend(clients.values().filter_map(|client| client.credential.connection()));
        connections.extend(judge.iter().flat_map(|judge| judge.connections()));
        connections
    }

    /// Returns the weakened defaults of the builder.
    fn weakened(&self) -> Vec<Weakness> {
        let mut weakened: Vec<Weakness> = Vec::new();
        let mut weak = |what: String, reason: &str| {
            weakened.push(Weakness { what, reason: reason.to_owned() });
        };
        for pinned in &self.pinned {
            weak(
                format!(
                    "host `{}` is reached at {} without a check of the address",
                    pinned.host, pinned.address
                ),
                &pinned.reason,
            );
        }
        if let Some(reason) = &self.unaudited {
            weak("the guard has no audit".into(), reason);
        }
        if let Some(reason) = &self.undetected {
            weak("the built-in detector does not scan responses".into(), reason);
        }
        weakened
    }

    /// Returns the weakened defaults of a tool.
    fn weakened_tool(&self, tool: &RegisteredTool, weakened: &mut Vec<Weakness>) {
        let mut weak = |what: String, reason: &str| {
            weakened.push(Weakness { what, reason: reason.to_owned() });
        };
        let spec = tool.tool.spec;
        for protection in
            Protection::ALL.into_iter().filter(|protection| spec.removed.has(*protection))
        {
            weak(
                format!("tool `{}` is without {protection:?}", spec.name),
                self.unprotected.as_deref().unwrap_or_default(),
            );
        }
        if let Confirm::Never { reason } = spec.confirm
            && !reason.is_empty()
        {
            weak(format!("no approval before `{}`", spec.name), reason);
        }
        let mut anywhere = Vec::new();
        spec.arguments.each_argument(&mut |part| {
            if let Part::Field(field) = part
                && let Source::Any { reason } = field.policy().source
            {
                anywhere.push((field.name(), reason));
            }
            true
        });
        for (name, reason) in anywhere {
            weak(format!("argument `{name}` of tool `{}` needs no source", spec.name), reason);
        }
        for escape in spec.escapes {
            weak(
                format!("tool `{}` suppresses {} at `{}`", spec.name, escape.code, escape.field),
                escape.reason,
            );
        }
    }

    /// Returns the weakened defaults of APIs and their connections.
    fn weakened_apis(
        &self,
        clients: &BTreeMap<&'static str, Arc<ApiClient>>,
        weakened: &mut Vec<Weakness>,
    ) {
        let mut weak = |what: String, reason: &str| {
            weakened.push(Weakness { what, reason: reason.to_owned() });
        };
        for client in clients.values() {
            if let Auth::None { reason } = client.spec.auth {
                weak(format!("API `{}` is called without a credential", client.spec.name), reason);
            }
            if let Some(verify) = client.spec.verify.filter(|verify| !verify.reason.is_empty()) {
                weak(
                    format!(
                        "signatures of API `{}` cover only {}",
                        client.spec.name,
                        verify.covers.join(", ")
                    ),
                    verify.reason,
                );
            }
        }
        for (name, connection) in &self.connections {
            for (what, reason) in connection.weakened() {
                weak(format!("the connection of API `{name}` {what}"), reason);
            }
        }
    }

    pub(super) fn posture(
        &self,
        tools: &BTreeMap<&'static str, RegisteredTool>,
        clients: &BTreeMap<&'static str, Arc<ApiClient>>,
        judge: Option<&GuardJudge>,
    ) -> Posture {
        let mut weakened = self.weakened();
        for tool in tools.values() {
            self.weakened_tool(tool, &mut weakened);
        }
        self.weakened_apis(clients, &mut weakened);
        let mut connections = self.own_connections(clients, judge);
        weakened.extend(connections.iter_mut().flat_map(|own| std::mem::take(&mut own.weakened)));
        let tools = tools.values().map(|tool| PostureTool {
            name: tool.tool.spec.name,
            spec: tool.digest.clone(),
            effect: tool.tool.spec.effect,
            egress: tool.tool.spec.egress,
            hosts: tool
                .tool
                .spec
                .apis
                .iter()
                .filter_map(|api| clients.get(api.name))
                .flat_map(|client| client.hosts().map(str::to_owned))
                .chain(domains::fetched(tool.fetcher.as_ref()))
                .collect(),
            domains: domains::of(tool.tool.spec),
            scopes: tool.tool.spec.scopes,
            limits: tool.tool.spec.limits,
        });
        Posture {
            tools: tools.collect(),
            tls: if self
                .connections
                .values()
                .chain(self.token_connections.values())
                .all(|connection| connection.tls_1_2.is_none())
            {
                "1.3 only"
            } else {
                "1.3, and 1.2 for APIs that allow it"
            },
            apis: posture_of(clients),
            roots: format!("{:?}", self.roots),
            audit: self.audit.as_ref().map_or_else(|| "none".to_owned(), Audit::describe),
            detectors: self.detectors.iter().map(|detector| format!("{detector:?}")).collect(),
            approver: self.approver.is_some(),
            questions: self.questions,
            attempts_per_minute: self.attempts,
            most_in_flight: self.most_in_flight,
            judge: judge.map(GuardJudge::posture),
            connections,
            memory: self.memory,
            trifecta: self.trifecta,
            links: self.links.clone(),
            weakened,
        }
    }
}

/// Describes the hosts of the APIs.
fn posture_of(clients: &BTreeMap<&'static str, Arc<ApiClient>>) -> Vec<PostureApi> {
    clients
        .values()
        .flat_map(|client| client.endpoints().map(move |endpoint| (client, endpoint)))
        .map(|(client, endpoint)| PostureApi {
            name: client.spec.name,
            host: endpoint.host().to_owned(),
            tls: endpoint.posture(),
            traffic: client.spec.traffic,
            signed_by: client.signing().signed_by(),
            verified_by: client.signing().verified_by(),
        })
        .collect()
}
