pub mod bundle;
pub mod cloud;
