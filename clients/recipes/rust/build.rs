//! Generates the stubs of gaitway.v1 from the contract.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../../proto/src/main/proto";
    let files = ["catalog", "dynamics", "environment"].map(|name| format!("gaitway/v1/{name}.proto"));
    println!("cargo::rerun-if-changed={root}");
    let descriptors = protox::compile(files, [root])?;
    tonic_prost_build::configure().build_server(false).compile_fds(descriptors)?;
    Ok(())
}
