//! Release of final answers: links, confidential values, and streams.

mod confidential;
mod corpus;
mod datamarks;
mod links;
mod readers;
mod stream;
