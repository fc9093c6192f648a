//! The front door from outside, with an engine that only repeats what it was asked.
//! Nothing here may know a rule of Liaison: that is for the stories.

mod audit;
mod caller;
mod door;
mod held;
mod limits;
mod manners;
mod over_http;
mod over_tcp;
mod socket;
mod socket_hostile;
mod stream;
mod surroundings;
