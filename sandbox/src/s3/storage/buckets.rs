//! Buckets and their configuration.

use rusqlite::Transaction;
use serde_json::Value;

use super::{Storage, path};
use crate::fault::Fault;
use crate::s3::bucket::configuration::{self, Configuration};
use crate::s3::errors::no_such_bucket;
use crate::s3::records::Bucket;
use crate::store::end_of_prefix;

impl Storage {
    pub fn bucket(&self, name: &str) -> Result<Bucket, Fault> {
        self.buckets.get(name)?.ok_or_else(|| no_such_bucket(name))
    }

    /// Deletes a bucket without objects, and aborts its multipart uploads.
    pub fn delete_bucket(&self, name: &str) -> Result<(), Fault> {
        let under = path(name, "");
        let unused = self.store.write(|transaction| {
            if !self.buckets.remove_in(transaction, name)? {
                return Err(no_such_bucket(name));
            }
            let not_empty = |message: String| Err(Fault::conflict("BucketNotEmpty", message));
            let end = end_of_prefix(&under).unwrap_or_default();
            let objects = self.objects.range_in(transaction, &under..&end, 1)?;
            if let Some((path, _)) = objects.first() {
                return not_empty(format!("the bucket still has objects, such as {path}"));
            }
            if self.versions.first_under(transaction, &under)?.is_some() {
                return not_empty("You must delete all versions in the bucket.".to_owned());
            }
            let mut unused = Vec::new();
            for (path, upload) in self.uploads.under_in(transaction, &under)? {
                unused.extend(self.delete_upload_in(transaction, &path, &upload.id)?);
            }
            Ok(unused)
        })?;
        self.collect(unused);
        Ok(())
    }

    /// Sets a configuration, or deletes it.
    pub fn configure(
        &self,
        bucket: &str,
        property: &str,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        self.store
            .write(|transaction| self.configure_in(transaction, bucket, property, value))
    }

    /// The same as part of a change of several records.
    pub fn configure_in(
        &self,
        transaction: &Transaction,
        bucket: &str,
        property: &str,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        let record = self.buckets.get_in(transaction, bucket)?;
        let mut record = record.ok_or_else(|| no_such_bucket(bucket))?;
        match value {
            Some(value) => record.configuration.insert(property.to_owned(), value),
            None => record.configuration.remove(property),
        };
        Ok(self.buckets.put_in(transaction, bucket, &record)?)
    }

    /// As it came.
    pub fn configuration(&self, bucket: &str, property: &str) -> Result<Option<Value>, Fault> {
        Ok(self.bucket(bucket)?.configuration.remove(property))
    }

    pub fn put_configuration<T: Configuration>(
        &self,
        bucket: &str,
        configuration: &T,
    ) -> Result<(), Fault> {
        configuration.validate()?;
        let value = configuration::to_value(configuration)?;
        self.configure(bucket, T::PROPERTY, Some(value))
    }

    pub fn get_configuration<T: Configuration>(&self, bucket: &str) -> Result<Option<T>, Fault> {
        self.bucket(bucket)?.get()
    }

    pub fn required_configuration<T: Configuration>(&self, bucket: &str) -> Result<T, Fault> {
        let (code, what) = T::MISSING;
        self.get_configuration(bucket)?
            .ok_or_else(|| Fault::not_found(code, format!("the bucket {bucket} has no {what}")))
    }

    pub fn delete_configuration<T: Configuration>(&self, bucket: &str) -> Result<(), Fault> {
        self.configure(bucket, T::PROPERTY, None)
    }
}
