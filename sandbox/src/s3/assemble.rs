//! Completing an upload: its parts become one object.
//!
//! The contents are put together in a blob of their own before anything changes; then one change
//! puts the object and ends the upload. Killed before it, the upload is as it was and can be completed
//! again; killed behind it, before the client had the answer, the object says which upload made it,
//! and the same request is answered once more.

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag};
use s3s::{S3Request, S3Response};
use tokio::task::spawn_blocking;

use super::checksum::{self, Checksum, named_checksums, put_checksum};
use super::get::signed;
use super::intake::{Intake, Promise, Taken};
use super::put::for_each_piece;
use super::record::{Moment, Object, Part, Piece, Upload};
use super::refusal::invalid_request;
use super::span::Span;
use super::state::{OnlyIf, State, path};
use crate::fault::Fault;
use crate::store::{Pin, hex};

/// 5 MiB, of any part but the last; and 5 TiB. Source: Amazon S3's quotas.
const SHORTEST_PART: u64 = 5 << 20;
const LONGEST: u64 = 5 << 40;

pub async fn complete(
    state: &State,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Result<S3Response<CompleteMultipartUploadOutput>, Fault> {
    let input = request.input;
    let (bucket, key, id) = (&*input.bucket, &*input.key, &*input.upload_id);
    let upload = match state.upload(bucket, key, id) {
        Ok(upload) => upload,
        Err(refused) => {
            let object = state.objects.get(&path(bucket, key))?;
            let made = object.filter(|object| object.upload.as_deref() == Some(id));
            return made.map_or(Err(refused), |object| Ok(answered(bucket, key, &object)));
        }
    };
    let listed = input.multipart_upload.as_ref();
    let listed = listed.and_then(|upload| upload.parts.as_deref());
    let parts = chosen(listed.unwrap_or_default(), &state.parts(id)?)?;
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if size > LONGEST {
        let message = "an object can have at most 5 TiB";
        return Err(Fault::invalid("EntityTooLarge", message));
    }
    if let Some(announced) = input.mpu_object_size
        && signed(size) != Some(announced)
    {
        return Err(invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header does not match what was computed: {size}"
        )));
    }
    let taken = together(state, id, &upload, &parts).await?;
    let object = object(&upload, &parts, &taken);
    for (algorithm, value) in named_checksums!(input) {
        let known = object.checksum.as_ref();
        let known = known.filter(|known| known.algorithm == algorithm);
        if known.is_some_and(|known| known.value != value) {
            return Err(checksum::mismatch(algorithm));
        }
    }
    let only_if = OnlyIf {
        matches: input.if_match.as_ref(),
        matches_not: input.if_none_match.as_ref(),
    };
    state.complete(bucket, key, id, &object, only_if)?;
    Ok(answered(bucket, key, &object))
}

/// The parts that the object is to have, in their order.
fn chosen(listed: &[CompletedPart], parts: &[Part]) -> Result<Vec<Part>, Fault> {
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
    let mut chosen: Vec<Part> = Vec::new();
    for (index, wanted) in listed.iter().enumerate() {
        let number = wanted.part_number.unwrap_or(0);
        let found = parts.iter().find(|part| part.number == number);
        let part = found
            .filter(|part| is_same(wanted, part))
            .ok_or_else(|| invalid_part(number))?;
        if part.size < SHORTEST_PART && index + 1 < listed.len() {
            let message = format!(
                "Your proposed upload is smaller than the minimum allowed size: part {number} has \
                 {} bytes, and only the last part can have less than {SHORTEST_PART}",
                part.size
            );
            return Err(Fault::invalid("EntityTooSmall", message));
        }
        chosen.push(part.clone());
    }
    Ok(chosen)
}

fn is_same(wanted: &CompletedPart, part: &Part) -> bool {
    let tag = wanted.e_tag.as_ref().map(ETag::value);
    let same_checksum = named_checksums!(wanted).into_iter().all(|(named, value)| {
        let known = part.checksum.as_ref();
        known.is_none_or(|known| known.algorithm != named || known.value == value)
    });
    tag == Some(&part.etag) && same_checksum
}

fn invalid_part(number: i32) -> Fault {
    let message = format!(
        "One or more of the specified parts could not be found: part {number} may not have been \
         uploaded, or its entity tag or checksum does not match"
    );
    Fault::invalid("InvalidPart", message)
}

/// Puts the contents of the parts together in one blob.
async fn together(
    state: &State,
    id: &str,
    upload: &Upload,
    parts: &[Part],
) -> Result<Taken, Fault> {
    let mut pins: Vec<(Pin, u64)> = Vec::new();
    for part in parts {
        // Gone, if the upload was ended or the part replaced while this was asked for.
        let pin = state.blobs.pin(&part.digest).ok_or_else(|| {
            let number = part.number;
            Fault::conflict(
                "OperationAborted",
                format!(
                    "part {number} of the upload {id} was replaced or deleted during the request"
                ),
            )
        })?;
        pins.push((pin, part.size));
    }
    let (blobs, algorithm) = (state.blobs.clone(), upload.plan.algorithm);
    let read = spawn_blocking(move || {
        let mut intake = Intake::new(&blobs, &[algorithm])?;
        for (pin, size) in pins {
            for_each_piece(&pin.path(), Span::whole(size), |piece| intake.write(piece))?;
        }
        intake.finish(&Promise::default())
    });
    read.await
        .map_err(|error| Fault::internal(error.to_string()))?
}

fn object(upload: &Upload, parts: &[Part], taken: &Taken) -> Object {
    let plan = upload.plan;
    let sums: Vec<Checksum> = parts
        .iter()
        .filter_map(|part| part.checksum.clone())
        .collect();
    let checksum = if plan.composite {
        checksum::composite(plan.algorithm, &sums)
    } else {
        taken.checksum(plan.algorithm)
    };
    let pieces = parts.iter().map(|part| Piece {
        number: part.number,
        size: part.size,
        checksum: part.checksum.clone(),
    });
    Object {
        digest: taken.pin.digest().to_owned(),
        size: taken.size,
        etag: etag(parts),
        modified: Moment::now(),
        checksum,
        description: upload.description.clone(),
        parts: pieces.collect(),
        upload: Some(upload.id.clone()),
    }
}

/// The MD5 of the parts' MD5s, with how many they are: `…-3`.
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

fn answered(bucket: &str, key: &str, object: &Object) -> S3Response<CompleteMultipartUploadOutput> {
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(bucket.to_owned()),
        e_tag: Some(object.tag()),
        key: Some(key.to_owned()),
        location: Some(format!("/{bucket}/{}", super::listing::url_encoded(key))),
        ..CompleteMultipartUploadOutput::default()
    };
    if let Some(checksum) = &object.checksum {
        put_checksum!(output, checksum);
        output.checksum_type = Some(checksum.kind());
    }
    S3Response::new(output)
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
            modified: Moment(0),
            checksum: None,
        }
    }

    fn wanted(part: &Part) -> CompletedPart {
        CompletedPart {
            e_tag: Some(part.tag()),
            part_number: Some(part.number),
            ..CompletedPart::default()
        }
    }

    #[test]
    fn the_entity_tag_is_of_the_parts_tags() {
        // MD5 of the two parts' digests, as Amazon S3 computes it.
        let parts = [part(1, 0, b"a"), part(2, 0, b"b")];
        let expected = hex(&Md5::checksum(
            &[Md5::checksum(b"a"), Md5::checksum(b"b")].concat(),
        ));
        assert_eq!(etag(&parts), format!("{expected}-2"));
    }

    #[test]
    fn parts_are_chosen_in_order_and_as_they_were_uploaded() {
        let parts = [
            part(1, SHORTEST_PART, b"a"),
            part(2, 3, b"b"),
            part(7, 1, b"c"),
        ];
        let code = |listed: &[CompletedPart]| {
            let chosen = chosen(listed, &parts).map_err(|fault| fault.code)?;
            Ok::<_, String>(chosen.iter().map(|part| part.number).collect::<Vec<_>>())
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
