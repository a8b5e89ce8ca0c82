//! A Gaitway client in one file: a tensor in and out, a rollout, a session. The argument is where a server is, such as
//! `127.0.0.1:7447` or `unix:/tmp/gaitway.sock`.

/// The stubs that build.rs generates.
mod gaitway {
    tonic::include_proto!("gaitway.v1");
}

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use gaitway::catalog_service_client::CatalogServiceClient;
use gaitway::dynamics_service_client::DynamicsServiceClient;
use gaitway::environment_service_client::EnvironmentServiceClient;
use gaitway::{
    Controller, CreateSessionRequest, DataType, DeleteSessionRequest, EnvironmentRef, EvaluateRequest,
    GetEnvironmentRequest, OpenLoopController, ResetRequest, RolloutRequest, StepRequest, StepStreamRequest, Tensor,
    controller, step_stream_request, step_stream_response,
};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt;

/// Bytes of the largest answer that is taken; gRPC's own limit of 4 MiB is too small for large rollouts.
const MAX_MESSAGE: usize = 64 << 20;

/// A tensor of numbers, row-major: little-endian, whatever the machine.
fn tensor(values: &[f64], shape: &[i64]) -> Tensor {
    assert_eq!(values.len() as i64, shape.iter().product::<i64>(), "the shape {shape:?} has another size");
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { dtype: DataType::Float64.into(), shape: shape.to_vec(), data: data.into() }
}

/// The numbers of a tensor that must have this shape.
fn numbers(tensor: Option<Tensor>, shape: &[i64]) -> Result<Vec<f64>, String> {
    let tensor = tensor.ok_or("the server's answer has no such tensor")?;
    if tensor.shape != shape || tensor.data.len() as i64 != 8 * shape.iter().product::<i64>() {
        return Err(format!("the server's answer has the shape {:?} instead of {shape:?}", tensor.shape));
    }
    Ok(tensor.data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

/// A request with a deadline: the server never ends a call by itself.
fn timed<T>(message: T, seconds: u64) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_secs(seconds));
    request
}

/// What a refusal says to programs (the reason and the field) and to people (the message).
fn refusal(status: &Status) -> String {
    let details = status.get_error_details();
    let violation = details.bad_request().and_then(|it| it.field_violations.first());
    let field = violation.map(|it| format!(" in {}", it.field)).unwrap_or_default();
    let reason = details.error_info().map(|info| format!("{}{field}: ", info.reason)).unwrap_or_default();
    reason + status.message()
}

async fn connect(address: &str) -> Result<Channel, Box<dyn Error>> {
    let uri = if address.starts_with("unix:") { address.to_string() } else { format!("http://{address}") };
    let endpoint = Endpoint::from_shared(uri)?.connect_timeout(Duration::from_secs(10));
    endpoint.connect().await.map_err(|error| {
        // The innermost cause says most, such as "connection refused".
        let mut cause: &dyn Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        format!("no Gaitway server answers at {address} ({cause}); start one with: ./gaitway serve --port 7447").into()
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.downcast_ref::<Status>().map_or_else(|| error.to_string(), refusal));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: gaitway-recipe HOST:PORT or unix:PATH")?;
    let channel = connect(&address).await?;

    // What is simulated.
    let environment = EnvironmentRef { id: "swimmer".into(), ..Default::default() };
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let request = GetEnvironmentRequest { environment: Some(environment.clone()) };
    let spec = catalog.get_environment(timed(request, 30)).await?.into_inner().environment.ok_or("no description")?;
    let (nx, nu) = (spec.state.len(), spec.action.len());
    println!("swimmer: nx {nx}, nu {nu}, horizon {}", spec.horizon);

    // A tensor in and out: the next state of one knot.
    let mut dynamics = DynamicsServiceClient::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE);
    let mean = spec.initial_state.ok_or("no initial state")?.mean;
    let answer = dynamics
        .evaluate(timed(
            EvaluateRequest {
                environment: Some(environment.clone()),
                states: Some(tensor(&mean, &[1, nx as i64])),
                actions: Some(tensor(&vec![1.0; nu], &[1, nu as i64])),
                ..Default::default()
            },
            30,
        ))
        .await?
        .into_inner();
    let next = numbers(answer.next_states, &[1, nx as i64])?;
    println!("evaluate: x'[2] {:?}, cost {:?}", next[2], numbers(answer.costs, &[1])?[0]);

    // A rollout: the answers stream, a rollout may come in parts.
    let steps = 100;
    let us: Vec<f64> = (0..steps * nu).map(|i| if i % 2 == 0 { 1.0 } else { -0.5 }).collect();
    let request = RolloutRequest {
        environment: Some(environment.clone()),
        horizon: steps as i32,
        initial_states: Some(tensor(&mean, &[1, nx as i64])),
        controllers: vec![Controller {
            kind: Some(controller::Kind::OpenLoop(OpenLoopController {
                actions: Some(tensor(&us, &[steps as i64, nu as i64])),
            })),
        }],
        with_digest: true,
        ..Default::default()
    };
    let mut parts = dynamics.rollout(timed(request, 30)).await?.into_inner();
    let mut rows = 0;
    while let Some(response) = parts.message().await? {
        for part in response.parts {
            rows += part.states.map_or(0, |states| states.shape[0]);
            if let Some(summary) = part.summary {
                let digest: String = summary.digest.iter().map(|byte| format!("{byte:02x}")).collect();
                println!("rollout: {rows} states, cost {:?}, digest {digest}", summary.total_cost);
            }
        }
    }

    // A session of two environments, stepped over one stream. The numbers make a command that is sent twice, because the
    // connection broke, be carried out once.
    let mut sessions = EnvironmentServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
    let n = 2;
    let request =
        CreateSessionRequest { environment: Some(environment), num_environments: n as i32, ..Default::default() };
    let session = sessions.create_session(timed(request, 30)).await?.into_inner().session.ok_or("no session")?;
    let reset = ResetRequest {
        session_id: session.id.clone(),
        seeds: vec![1, 2],
        expected_reset: Some(session.resets),
        ..Default::default()
    };
    let step = |number: u64| StepRequest {
        session_id: session.id.clone(),
        expected_step: Some(session.step + number),
        actions: Some(tensor(&vec![0.5; n * nu], &[n as i64, nu as i64])),
        ..Default::default()
    };
    let mut commands = vec![step_stream_request::Command::Reset(reset)];
    commands.extend((0..3).map(step).map(step_stream_request::Command::Step));
    assert!(commands.len() as i32 <= session.answer_window, "the server would forget answers");
    let requests = commands.into_iter().map(|command| StepStreamRequest { command: Some(command) });
    // With answers that decide what comes next, make the stream of a channel instead.
    let requests = tokio_stream::iter(requests.collect::<Vec<_>>());
    let mut answers = sessions.step_stream(timed(requests, 30)).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        match answer.result.ok_or("an empty answer")? {
            step_stream_response::Result::Reset(it) => println!("reset: seeds {:?}", it.seeds),
            step_stream_response::Result::Step(it) => {
                println!("step {}: costs {:?}", it.step, numbers(it.costs, &[n as i64])?);
            }
        }
    }

    // A refusal: nothing is stepped.
    let mut wrong = step(3);
    wrong.actions = Some(tensor(&vec![0.5; nu], &[1, nu as i64]));
    match sessions.step(timed(wrong, 30)).await {
        Ok(_) => return Err("the server took actions of another shape".into()),
        Err(status) => println!("refused: {}", refusal(&status)),
    }
    sessions.delete_session(timed(DeleteSessionRequest { session_id: session.id }, 5)).await?;
    Ok(())
}
