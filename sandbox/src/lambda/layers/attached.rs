//! The layers of a function.

use std::sync::{Arc, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::LayerVersionRef;
use crate::fault::Fault;
use crate::lambda::Lambda;
use crate::lambda::bundle_cache::{MAX_UNPACKED_BYTES, UnpackedBundle};
use crate::lambda::fault::invalid;
use crate::lambda::function::{BY_LAYER, Code, Function};
use crate::lambda::function_ref::FunctionRef;
use crate::lambda::part::Part;
use crate::lambda::versions::BY_LAYER_OF_VERSION;

/// Source: "Lambda quotas", function layers.
const MOST: usize = 5;

/// A layer version that a function uses.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct AttachedLayer {
    /// Of its record.
    key: String,
    arn: String,
    pub code: Code,
}

impl AttachedLayer {
    /// `Layer` in a function's configuration.
    pub fn described(&self) -> Value {
        json!({ "Arn": self.arn, "CodeSize": self.code.size })
    }

    pub fn part(&self) -> Part {
        Part::layer(&self.arn, &self.code.digest)
    }

    pub fn key(&self) -> &str {
        &self.key
    }
}

impl Lambda {
    /// To be held from [`layers_to_attach`](Self::layers_to_attach) until a record names the layers, so that
    /// none is deleted in between.
    pub(super) fn attaching_layers(&self) -> MutexGuard<'_, ()> {
        let lock = self.attaching_layers.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    /// The layers with these ARNs, as a function can use them: five at most, each once. A version that has
    /// been deleted can still be kept by the function `of` that uses it.
    pub fn layers_to_attach(
        &self,
        arns: &[String],
        of: &Function,
    ) -> Result<Vec<AttachedLayer>, Fault> {
        if arns.len() > MOST {
            return Err(invalid(format!(
                "Layers consists of more than {MOST} layers: Cannot reference more than {MOST} layers."
            )));
        }
        let mut attached: Vec<AttachedLayer> = Vec::new();
        for arn in arns {
            let version_ref = LayerVersionRef::parse(arn)?;
            let key = version_ref.key();
            let kept = of.layers.iter().any(|layer| layer.key == key);
            let found = self.layer_versions.get(&key)?;
            let found = found.filter(|version| kept || !version.is_deleted);
            let Some(found) = found else {
                return Err(invalid(format!("Layer version {arn} does not exist.")));
            };
            attached.push(AttachedLayer {
                key,
                arn: arn.clone(),
                code: found.code,
            });
        }
        let mut names: Vec<_> = attached.iter().map(|it| it.key.split('/').next()).collect();
        names.sort_unstable();
        names.dedup();
        match names.len() == attached.len() {
            true => Ok(attached),
            false => Err(invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same \
                 function.",
            )),
        }
    }

    /// Inserts the new function with its layers.
    pub fn insert_with_layers(
        &self,
        function: &mut Function,
        arns: &[String],
    ) -> Result<bool, Fault> {
        let _attaching = self.attaching_layers();
        function.layers = self.layers_to_attach(arns, function)?;
        Ok(self.functions.insert(&function.name, function)?)
    }

    /// Changes a function, and its layers if there are `arns`. Returns it, and the keys of the layers that it
    /// had before.
    pub fn change_with_layers(
        &self,
        function_ref: &FunctionRef,
        arns: Option<&[String]>,
        change: impl FnOnce(&mut Function) -> Result<(), Fault>,
    ) -> Result<(Function, Vec<String>), Fault> {
        let _attaching = self.attaching_layers();
        let layers = match arns {
            Some(arns) => Some(self.layers_to_attach(arns, &self.function(function_ref)?)?),
            None => None,
        };
        self.change(function_ref, |function| {
            change(function)?;
            let before = function.layer_keys();
            if let Some(layers) = layers {
                function.layers = layers;
            }
            Ok((function.clone(), before))
        })
    }

    /// Unpacks the layers, and refuses them when they are too large together with the function's code.
    pub async fn unpacked_layers(
        &self,
        layers: &[AttachedLayer],
        code: &UnpackedBundle,
    ) -> Result<Vec<Arc<UnpackedBundle>>, Fault> {
        let mut unpacked = Vec::new();
        for layer in layers {
            unpacked.push(self.unpacked(layer.part()).await?);
        }
        if !unpacked.is_empty() {
            self.keep_unpacked(None);
        }
        let bytes = code.bytes() + unpacked.iter().map(|it| it.bytes()).sum::<u64>();
        match bytes > MAX_UNPACKED_BYTES {
            false => Ok(unpacked),
            true => Err(invalid(format!(
                "Function code combined with layers exceeds the maximum allowed size of \
                 {MAX_UNPACKED_BYTES} bytes. The actual size is {bytes} bytes."
            ))),
        }
    }

    /// Forgets the versions under these keys that are deleted and that no function uses any more.
    pub fn release_layers(&self, keys: impl IntoIterator<Item = String>) -> Result<(), Fault> {
        for key in keys {
            let released = self.store.write::<_, Fault>(|transaction| {
                let version = self.layer_versions.get_in(transaction, &key)?;
                let version = version.filter(|version| version.is_deleted);
                let functions = self.functions.entries_in(transaction, &BY_LAYER, &key)?;
                let published = &BY_LAYER_OF_VERSION;
                let versions = self.versions.entries_in(transaction, published, &key)?;
                let is_used = !functions.is_empty() || !versions.is_empty();
                let released = version.filter(|_| !is_used);
                if released.is_some() {
                    self.layer_versions.remove_in(transaction, &key)?;
                }
                Ok(released)
            })?;
            if let Some(version) = released {
                self.blobs.collect(&version.code.digest)?;
            }
        }
        Ok(())
    }
}
