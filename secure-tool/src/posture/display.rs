//! A posture in, lines for a reviewer out.

use std::fmt;

use super::{Posture, PostureApi, PostureJudge, PostureTls};

impl fmt::Display for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "TLS {}, roots: {}", self.tls, self.roots)?;
        writeln!(f, "audit: {}", self.audit)?;
        let approver =
            if self.approver { "present" } else { "none, so calls that need approval are refused" };
        writeln!(
            f,
            "approver: {approver}; at most {} approval requests per session",
            self.questions
        )?;
        let detectors =
            if self.detectors.is_empty() { "none".to_owned() } else { self.detectors.join(", ") };
        writeln!(f, "detectors: {detectors}")?;
        let (attempts, calls) = (self.attempts_per_minute, self.most_in_flight);
        writeln!(
            f,
            "at most {attempts} calls per agent and minute, {calls} concurrent calls, {} bytes of memory for them",
            self.memory
        )?;
        let links = if self.links.is_empty() { "none".to_owned() } else { self.links.join(", ") };
        writeln!(f, "allowed links in final answers: {links}")?;
        for PostureApi { name, host, tls, traffic, signed_by, verified_by } in &self.apis {
            writeln!(f, "API {name} at {host}: {tls}")?;
            if let Some(scheme) = signed_by {
                writeln!(f, "  requests are signed by {scheme}")?;
            }
            if let Some(scheme) = verified_by {
                writeln!(f, "  responses are verified by {scheme}")?;
            }
            let (breaker, gzip) =
                (traffic.breaker, if traffic.gzip { ", gzip responses" } else { "" });
            write!(f, "  {} concurrent requests, ", traffic.concurrency)?;
            match traffic.retries {
                Some(retries) => write!(f, "{} retries from {:?}", retries.most, retries.base)?,
                None => f.write_str("no retries")?,
            }
            writeln!(
                f,
                ", circuit open for {:?} after {} failures{gzip}",
                breaker.rest, breaker.failures
            )?;
        }
        for tool in &self.tools {
            let (egress, limits) = (if tool.egress { ", egress" } else { "" }, &tool.limits);
            write!(
                f,
                "tool {} ({:?}{egress}) at {} with {}",
                tool.name,
                tool.effect,
                tool.hosts.join(", "),
                tool.scopes.join(", ")
            )?;
            let domains = tool.domains.join(", ");
            if domains.is_empty() {
                writeln!(f)
            } else {
                writeln!(f, ", accepts URLs of {domains}")
            }?;
            let (head, rate, window) = (limits.head(), limits.rate_bytes, limits.rate_window);
            write!(
                f,
                "  deadline {:?}, connect {:?}, first byte {head:?}, at least {rate} bytes per {window:?}; ",
                limits.total, limits.connect
            )?;
            writeln!(
                f,
                "at most {} bytes, compression ratio up to {}",
                limits.response_bytes, limits.response_ratio
            )?;
        }
        if let Some(PostureJudge { judge, when, on_failure, receives, deadline_millis }) =
            &self.judge
        {
            writeln!(
                f,
                "judge: {judge}, {when}, in {deadline_millis} ms; told what is {receives} at most; {on_failure}"
            )?;
        }
        for own in &self.connections {
            writeln!(f, "{} at {}{}: {}", own.purpose, own.host, own.path, own.tls)?;
            if let Some(sent) = &own.sent {
                writeln!(f, "  is sent {sent}")?;
            }
        }
        for weakness in &self.weakened {
            writeln!(f, "WEAKENED: {} ({})", weakness.what, weakness.reason)?;
        }
        Ok(())
    }
}

impl fmt::Display for PostureTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resumed = if self.resumes { "sessions resumed" } else { "no session resumed" };
        write!(
            f,
            "TLS {}, roots: {}, {resumed}, connections for {} s",
            self.versions.join(" and "),
            self.roots,
            self.max_age_seconds
        )?;
        if let Some(date) = &self.pinned_until {
            write!(f, ", pinned until {date}")?;
        }
        if let Some(lists) = &self.revocation {
            write!(f, ", revocation lists: {lists}")?;
        }
        if let Some(identity) = &self.identity {
            write!(f, ", client identity {identity}")?;
        }
        for (agent, identity) in &self.identities {
            write!(f, ", client identity of {agent} {identity}")?;
        }
        write!(f, "; {}; {}", self.suites.join(" "), self.groups.join(" "))
    }
}
