//! What would stop a deployment, or come before it, beside what the plan says: a dry run looks for it.

use futures_util::future::try_join_all;

use super::LOG_GROUP;
use super::template::Template;
use super::template_values::Values;
use crate::cloud::{Cloud, CloudError, Resource, Stack};

/// A resource that cannot be created: something else has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub logical_id: String,
    pub name: String,
}

/// The log groups of a new stack that are there already, perhaps since an earlier stack of this name.
pub(super) async fn taken(
    cloud: &Cloud,
    template: &Template,
    values: &Values<'_>,
) -> Result<Vec<Taken>, CloudError> {
    let wanted = log_groups(template, values).into_iter();
    let looked_for = wanted.map(|group| async move {
        let found = cloud.log_groups(&group.name).await?;
        Ok::<_, CloudError>(found.contains(&group.name).then_some(group))
    });
    Ok(try_join_all(looked_for)
        .await?
        .into_iter()
        .flatten()
        .collect())
}

/// The log groups of the template whose names are known, and which the stack surely has.
fn log_groups(template: &Template, values: &Values<'_>) -> Vec<Taken> {
    let groups = template
        .section("Resources")
        .filter_map(|(logical_id, resource)| {
            let holds = |condition| values.holds(condition) == Some(true);
            let exists = resource["Condition"].as_str().is_none_or(holds);
            let is_group = resource["Type"] == LOG_GROUP;
            let name = values.text(&resource["Properties"]["LogGroupName"])?;
            (is_group && exists).then(|| Taken {
                logical_id: logical_id.clone(),
                name,
            })
        });
    groups.collect()
}

/// The resources that the last deletion of the stack could not delete: the next one may fail at them too.
pub(super) async fn undeletable(cloud: &Cloud, stack: &Stack) -> Result<Vec<Resource>, CloudError> {
    let mut resources = cloud.resources(&stack.id).await?;
    resources.retain(|it| it.status.0 == "DELETE_FAILED");
    Ok(resources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::NamedValues;

    #[test]
    fn the_names_of_log_groups_are_read_as_far_as_they_are_known() {
        let template = Template::new(
            "\
Parameters: {Mode: {Type: String, Default: x}}
Conditions: {IsX: !Equals [!Ref Mode, x], IsY: !Equals [!Ref Mode, y]}
Resources:
  A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub '/a/${AWS::StackName}'}}
  B: {Type: AWS::Logs::LogGroup, Condition: IsX, Properties: {LogGroupName: b}}
  C: {Type: AWS::Logs::LogGroup, Condition: IsY, Properties: {LogGroupName: c}}
  D: {Type: AWS::Logs::LogGroup}
  E: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !ImportValue e}}
  F: {Type: AWS::SNS::Topic, Properties: {LogGroupName: f}}
",
        );
        let values = Values::new(&template, "ann", &NamedValues::new());
        let names: Vec<_> = log_groups(&template, &values)
            .into_iter()
            .map(|it| (it.logical_id, it.name))
            .collect();
        let named = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        assert_eq!(names, [named("A", "/a/ann"), named("B", "b")]);
    }
}
