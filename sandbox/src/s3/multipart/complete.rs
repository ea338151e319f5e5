//! Completing a multipart upload: its parts become one object.
//!
//! The parts are first concatenated into a blob; then one transaction writes the object and deletes
//! the upload. If the sandbox is killed before it, the upload can be completed again. If it is
//! killed after it, before the client has the response, a repeated request finds the object, which
//! names its upload.

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag};
use s3s::{S3Request, S3Response};

use crate::fault::Fault;
use crate::s3::byte_range::ByteRange;
use crate::s3::checksum::{self, Algorithm, Checksum, checksums_in, set_checksum};
use crate::s3::errors::invalid_request;
use crate::s3::key_listing::url_encode;
use crate::s3::notification::Origin;
use crate::s3::object::get::to_i64;
use crate::s3::object::response::object_headers;
use crate::s3::preconditions::Preconditions;
use crate::s3::records::{MultipartUpload, Object, ObjectPart, Part, UnixTime};
use crate::s3::storage::{Storage, path};
use crate::s3::upload::{Upload, Uploaded};
use crate::store::{Pin, hex};

/// 5 MiB for all parts but the last, and 5 TiB. Source: S3's quotas for multipart uploads.
const MIN_PART_SIZE: u64 = 5 << 20;
const MAX_OBJECT_SIZE: u64 = 5 << 40;

pub async fn complete(
    storage: &Storage,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Result<S3Response<CompleteMultipartUploadOutput>, Fault> {
    let origin = Origin::of(&request.extensions);
    let input = request.input;
    let (bucket, key, id) = (&*input.bucket, &*input.key, &*input.upload_id);
    let upload = match storage.upload(bucket, key, id) {
        Ok(upload) => upload,
        Err(no_such_upload) => {
            let object = storage.objects.get(&path(bucket, key))?;
            let completed = object.filter(|object| object.upload.as_deref() == Some(id));
            let object = completed.ok_or(no_such_upload)?;
            return response(storage, bucket, key, &object);
        }
    };
    let listed = input.multipart_upload.as_ref();
    let listed = listed.and_then(|upload| upload.parts.as_deref());
    let listed = listed.unwrap_or_default();
    let parts = select_parts(listed, &storage.parts(id)?)?;
    if upload.checksum.chosen && upload.checksum.composite {
        require_checksums(listed, upload.checksum.algorithm)?;
    }
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if size > MAX_OBJECT_SIZE {
        let message = "an object can have at most 5 TiB";
        return Err(Fault::invalid("EntityTooLarge", message));
    }
    if let Some(announced) = input.mpu_object_size
        && to_i64(size) != Some(announced)
    {
        return Err(invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header does not match what was computed: {size}"
        )));
    }
    let uploaded = concatenate(storage, id, &upload, &parts).await?;
    let object = object(&upload, &parts, &uploaded);
    for (algorithm, value) in checksums_in!(input) {
        let computed = object.checksum.as_ref();
        let computed = computed.filter(|computed| computed.algorithm == algorithm);
        if computed.is_some_and(|computed| computed.value != value) {
            return Err(checksum::mismatch(algorithm));
        }
    }
    let preconditions = Preconditions::of_request(&request.headers)?;
    if upload.object_deleted && preconditions.if_none_match.is_some() {
        return Err(Fault::conflict(
            "ConditionalRequestConflict",
            "The conditional request cannot succeed due to a conflicting operation against this \
             resource.",
        ));
    }
    let object = storage.complete_upload(bucket, key, id, object, &preconditions, &origin)?;
    response(storage, bucket, key, &object)
}

/// The parts that the request lists, in ascending order.
fn select_parts(listed: &[CompletedPart], parts: &[Part]) -> Result<Vec<Part>, Fault> {
    if listed.is_empty() {
        let message = "You must specify at least one part";
        return Err(Fault::invalid("MalformedXML", message));
    }
    let ascending = |pair: &[CompletedPart]| pair[0].part_number < pair[1].part_number;
    if !listed.windows(2).all(ascending) {
        return Err(Fault::invalid(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in \
             order by part number.",
        ));
    }
    let mut selected: Vec<Part> = Vec::new();
    for (index, entry) in listed.iter().enumerate() {
        let number = entry.part_number.unwrap_or(0);
        let found = parts.iter().find(|part| part.number == number);
        let part = found
            .filter(|part| matches(entry, part))
            .ok_or_else(|| invalid_part(number))?;
        if part.size < MIN_PART_SIZE && index + 1 < listed.len() {
            let message = format!(
                "Your proposed upload is smaller than the minimum allowed size: part {number} has \
                 {} bytes, and only the last part can have less than {MIN_PART_SIZE}",
                part.size
            );
            return Err(Fault::invalid("EntityTooSmall", message));
        }
        selected.push(part.clone());
    }
    Ok(selected)
}

/// Source: "Checking object integrity" in S3's user guide.
fn require_checksums(listed: &[CompletedPart], algorithm: Algorithm) -> Result<(), Fault> {
    let has_checksum = |entry: &CompletedPart| {
        let mut given = checksums_in!(entry).into_iter();
        given.any(|(given, _)| given == algorithm)
    };
    match listed.iter().find(|entry| !has_checksum(entry)) {
        None => Ok(()),
        Some(entry) => Err(invalid_request(format!(
            "The upload was created using a {} checksum. The complete request must include the checksum \
             for each part. It was missing for part {} in the request.",
            algorithm.name().to_ascii_lowercase(),
            entry.part_number.unwrap_or(0)
        ))),
    }
}

/// Whether the entry's ETag and checksums are the part's.
fn matches(entry: &CompletedPart, part: &Part) -> bool {
    let etag = entry.e_tag.as_ref().map(ETag::value);
    let checksums_match = checksums_in!(entry).into_iter().all(|(algorithm, value)| {
        let computed = part.checksum.as_ref();
        computed.is_none_or(|it| it.algorithm != algorithm || it.value == value)
    });
    etag == Some(&part.etag) && checksums_match
}

fn invalid_part(number: i32) -> Fault {
    let message = format!(
        "One or more of the specified parts could not be found: part {number} may not have been \
         uploaded, or its entity tag or checksum does not match"
    );
    Fault::invalid("InvalidPart", message)
}

/// Writes the contents of the parts into one blob.
async fn concatenate(
    storage: &Storage,
    id: &str,
    upload: &MultipartUpload,
    parts: &[Part],
) -> Result<Uploaded, Fault> {
    let mut pins: Vec<Pin> = Vec::new();
    for part in parts {
        // There is none if the upload was completed or aborted, or the part replaced, in the
        // meantime.
        let pin = storage.blobs.pin(&part.digest)?.ok_or_else(|| {
            let number = part.number;
            Fault::conflict(
                "OperationAborted",
                format!(
                    "part {number} of the upload {id} was replaced or deleted during the request"
                ),
            )
        })?;
        pins.push(pin);
    }
    let files = pins.iter().zip(parts);
    let files = files.map(|(pin, part)| (pin.path(), ByteRange::whole(part.size)));
    let contents = Upload::new(&storage.blobs, &[upload.checksum.algorithm])?;
    contents.copy_files(files.collect()).await
}

fn object(upload: &MultipartUpload, parts: &[Part], uploaded: &Uploaded) -> Object {
    let plan = upload.checksum;
    let checksums: Vec<Checksum> = parts
        .iter()
        .filter_map(|part| part.checksum.clone())
        .collect();
    let checksum = if plan.composite {
        checksum::composite(plan.algorithm, &checksums)
    } else {
        uploaded.checksum(plan.algorithm)
    };
    let parts_of_object = parts.iter().map(|part| ObjectPart {
        number: part.number,
        size: part.size,
        checksum: part.checksum.clone(),
    });
    Object {
        digest: uploaded.pin.digest().to_owned(),
        size: uploaded.size,
        etag: etag(parts),
        modified: UnixTime::now(),
        checksum,
        metadata: upload.metadata.clone(),
        parts: parts_of_object.collect(),
        upload: Some(upload.id.clone()),
        version_id: None,
        position: String::new(),
    }
}

/// The MD5 of the parts' MD5s, followed by their number: `…-3`.
fn etag(parts: &[Part]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let digits = part.etag.as_bytes().chunks(2);
        let bytes = digits.filter_map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        });
        md5.update(&bytes.collect::<Vec<u8>>());
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

fn response(
    storage: &Storage,
    bucket: &str,
    key: &str,
    object: &Object,
) -> Result<S3Response<CompleteMultipartUploadOutput>, Fault> {
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(bucket.to_owned()),
        e_tag: Some(object.etag()),
        key: Some(key.to_owned()),
        location: Some(format!("/{bucket}/{}", url_encode(key))),
        ..CompleteMultipartUploadOutput::default()
    };
    if let Some(checksum) = &object.checksum {
        set_checksum!(output, checksum);
        output.checksum_type = Some(checksum.checksum_type());
    }
    let headers = object_headers(storage, bucket, key, object)?;
    Ok(S3Response::with_headers(output, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: i32, size: u64, contents: &[u8]) -> Part {
        Part {
            number,
            digest: String::new(),
            size,
            etag: hex(&Md5::checksum(contents)),
            modified: UnixTime(0),
            checksum: None,
        }
    }

    fn wanted(part: &Part) -> CompletedPart {
        CompletedPart {
            e_tag: Some(part.etag()),
            part_number: Some(part.number),
            ..CompletedPart::default()
        }
    }

    #[test]
    fn the_etag_is_computed_from_the_parts_etags() {
        // MD5 of the two parts' digests, as Amazon S3 computes it.
        let parts = [part(1, 0, b"a"), part(2, 0, b"b")];
        let expected = hex(&Md5::checksum(
            &[Md5::checksum(b"a"), Md5::checksum(b"b")].concat(),
        ));
        assert_eq!(etag(&parts), format!("{expected}-2"));
    }

    #[test]
    fn parts_are_selected_in_order_and_as_they_were_uploaded() {
        let parts = [
            part(1, MIN_PART_SIZE, b"a"),
            part(2, 3, b"b"),
            part(7, 1, b"c"),
        ];
        let code = |listed: &[CompletedPart]| {
            let selected = select_parts(listed, &parts).map_err(|fault| fault.code)?;
            Ok::<_, String>(selected.iter().map(|part| part.number).collect::<Vec<_>>())
        };
        let [first, second, last] = &parts;
        assert_eq!(code(&[wanted(first), wanted(last)]), Ok(vec![1, 7]));
        let failed = |code: &str| Err(code.to_owned());
        assert_eq!(code(&[]), failed("MalformedXML"));
        let reversed = [wanted(last), wanted(first)];
        assert_eq!(code(&reversed), failed("InvalidPartOrder"));
        let twice = [wanted(first), wanted(first)];
        assert_eq!(code(&twice), failed("InvalidPartOrder"));
        let small = [wanted(second), wanted(last)];
        assert_eq!(code(&small), failed("EntityTooSmall"));
        assert_eq!(code(&[wanted(&part(3, 1, b"c"))]), failed("InvalidPart"));
        assert_eq!(code(&[wanted(&part(1, 1, b"x"))]), failed("InvalidPart"));
    }
}
