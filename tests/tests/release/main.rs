//! What the readers of a final answer see: links, confidential values, and the same as a stream.

mod confidential;
mod corpus;
mod datamarks;
mod links;
mod readers;
mod stream;
