//! How far a function is with its stream.

use serde::{Deserialize, Serialize};

use super::super::EventSources;
use super::super::settings::{OfSource, Settings, StartingPosition};
use super::window::Window;
use crate::fault::Fault;
use crate::store::Record;

/// Of each lane the sequence number after which it goes on; `None` for the beginning of the stream. The key
/// is the id of the mapping.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Positions {
    after: Vec<Option<String>>,
    /// The window that is open; there is one lane then.
    #[serde(default)]
    window: Option<Window>,
}

impl Record for Positions {
    const KIND: &'static str = "lambda.stream_positions";
}

impl Positions {
    /// Of a new mapping; `None` if it is not of a stream. `end` is where the stream ends now.
    pub fn begin(
        settings: &Settings,
        end: impl FnOnce() -> Result<String, Fault>,
    ) -> Result<Option<Self>, Fault> {
        let OfSource::Stream(stream) = &settings.of_source else {
            return Ok(None);
        };
        let after = match stream.starting_position {
            StartingPosition::Latest => Some(end()?),
            StartingPosition::TrimHorizon => None,
        };
        let after = vec![after; stream.parallel as usize];
        Ok(Some(Self {
            after,
            window: None,
        }))
    }

    /// For another number of lanes: all begin where the last of them is, as keys change their lanes.
    pub fn redistribute(&mut self, lanes: u32) {
        let lanes = lanes as usize;
        if self.after.len() != lanes {
            let last = self.after.iter().min().cloned().flatten();
            self.after = vec![last; lanes];
        }
    }
}

impl EventSources {
    /// Where a lane of so many goes on.
    pub fn position(&self, mapping: &str, lane: u32, lanes: u32) -> Result<Option<String>, Fault> {
        let mut positions = self.positions.get(mapping)?;
        let positions = positions.get_or_insert(Positions {
            after: Vec::new(),
            window: None,
        });
        positions.redistribute(lanes);
        Ok(positions.after.get(lane as usize).cloned().flatten())
    }

    /// Makes the positions of a mapping those of so many lanes.
    pub fn redistribute(&self, mapping: &str, lanes: u32) -> Result<(), Fault> {
        self.positions.change(mapping, |positions| {
            if let Some(positions) = positions {
                positions.redistribute(lanes);
            }
            Ok::<_, Fault>(())
        })
    }

    /// The window of a mapping that is open.
    pub fn open_window(&self, mapping: &str) -> Result<Option<Window>, Fault> {
        let positions = self.positions.get(mapping)?;
        Ok(positions.and_then(|positions| positions.window))
    }

    /// Moves the position of a lane of so many on, unless the mapping has other lanes now, or is gone. A window
    /// that is given replaces the one that is open.
    pub fn move_to(
        &self,
        mapping: &str,
        lane: u32,
        lanes: u32,
        after: &str,
        window: Option<Option<Window>>,
    ) -> Result<(), Fault> {
        self.positions.change(mapping, |positions| {
            if let (Some(positions), Some(window)) = (positions.as_mut(), window) {
                positions.window = window;
            }
            let known = positions
                .as_mut()
                .filter(|it| it.after.len() == lanes as usize);
            let position = known.and_then(|it| it.after.get_mut(lane as usize));
            let is_further = |it: &&mut Option<String>| it.as_deref() < Some(after);
            let position = position.filter(is_further).filter(|_| !after.is_empty());
            if let Some(position) = position {
                *position = Some(after.to_owned());
            }
            Ok::<_, Fault>(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lanes_begin_where_the_last_one_is() {
        let of = |after: &[Option<&str>]| Positions {
            after: after.iter().map(|it| it.map(str::to_owned)).collect(),
            window: None,
        };
        let mut positions = of(&[Some("3"), Some("2")]);
        positions.redistribute(2);
        assert_eq!(positions, of(&[Some("3"), Some("2")]));
        positions.redistribute(3);
        assert_eq!(positions, of(&[Some("2"); 3]));
        let mut positions = of(&[None, Some("2")]);
        positions.redistribute(1);
        assert_eq!(positions, of(&[None]));
    }
}
