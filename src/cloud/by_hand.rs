//! For tests: what somebody does with other tools.

use super::Cloud;

impl Cloud {
    pub async fn delete_function_by_hand(&self, name: &str) {
        let deletion = self.functions.delete_function().function_name(name);
        deletion.send().await.expect("deleted");
    }

    pub async fn set_memory_by_hand(&self, function: &str, megabytes: i32) {
        let update = self.functions.update_function_configuration();
        let update = update.function_name(function).memory_size(megabytes);
        update.send().await.expect("updated");
    }

    pub async fn create_log_group_by_hand(&self, name: &str) {
        let creation = self.logs.create_log_group().log_group_name(name);
        creation.send().await.expect("created");
    }

    pub async fn delete_table_by_hand(&self, name: &str) {
        let deletion = self.tables.delete_table().table_name(name);
        deletion.send().await.expect("deleted");
    }

    pub async fn create_bucket_by_hand(&self, name: &str) {
        let creation = self.objects.create_bucket().bucket(name);
        creation.send().await.expect("created");
    }

    pub async fn delete_bucket_by_hand(&self, name: &str) {
        self.empty_bucket(name).await.expect("emptied");
        let deletion = self.objects.delete_bucket().bucket(name);
        deletion.send().await.expect("deleted");
    }

    pub async fn protect_by_hand(&self, stack: &str, protected: bool) {
        let protection = self.stacks.update_termination_protection();
        let protection = protection.stack_name(stack);
        let protection = protection.enable_termination_protection(protected);
        protection.send().await.expect("changed");
    }
}
