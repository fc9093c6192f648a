//! The seed's four use cases, each "Enabled Query" as one GraphQL request that stands in a file.
