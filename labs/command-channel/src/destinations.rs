//! The table of destinations, made of the events for those who read: an item for each destination.

use mafia_support::{Environment, Failure, Resources, Table, TableItem, read_all, to_item};
use serde::{Deserialize, Serialize};

use crate::event::{Destination, Event};
use crate::events::failed;

#[derive(Debug)]
pub struct Destinations(Table);

/// An item, and what is answered of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Listed {
    /// The name of the destination's stream of events.
    pub id: String,
    #[serde(flatten)]
    pub destination: Destination,
}

impl TableItem for Listed {
    const WHAT: &'static str = "a destination";
    const KEY: &'static str = "id";
    const ADVICE: &'static str = "Delete it";
}

impl Resources for Destinations {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        Table::from_environment(environment).map(Self)
    }
}

impl Destinations {
    /// Does what the event says. When it comes again, nothing changes.
    pub async fn project(&self, event: Event) -> Result<(), Failure> {
        let item = to_item(Listed {
            id: event.stream_name,
            destination: event.destination,
        });
        let (client, table) = (self.0.client(), self.0.name());
        let put = client.put_item().table_name(table).set_item(Some(item));
        put.send()
            .await
            .map(drop)
            .map_err(|error| failed("write to", table, &error))
    }

    /// All destinations, by name.
    pub async fn all(&self) -> Result<Vec<Listed>, Failure> {
        let mut all: Vec<Listed> = read_all(self.0.scan()).await?;
        all.sort_by(|a, b| (&a.destination.name, &a.id).cmp(&(&b.destination.name, &b.id)));
        Ok(all)
    }
}
