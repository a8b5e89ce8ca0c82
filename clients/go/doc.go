// Package gaitway is the Go client of Gaitway, a gym for locomotion that is served over gRPC with exact derivatives.
//
// A [Client] is a connection to a server. From it come a [Simulator], the dynamics of one environment as functions, and
// a [Session], environments that the server holds and steps together. [Client.Control] runs a controller in an
// evaluation, [ReadPolicy] reads a trained one.
//
// # Arrays
//
// Arrays are flat float64 slices, row-major: entry (i, j) of shape (n, m) is at i*m + j. Sizes: nx and nu are those of
// the [Environment], T is a number of control steps, N the number of environments of a session. Units are SI, those of
// the environment's state and action. Slices that a method takes are read before it returns; those that it gives belong
// to the caller.
//
// # Contexts
//
// A context's deadline is the call's. A call whose context has none gets the client's: 30 s, and 1 ms for every
// control step asked for; see [WithTimeout]. Cancelling a context ends the call on the server too. A step that was
// given up may have been carried out; the session asks the server before its next one.
//
// # Errors
//
// Errors are [*Error], what the server refused or what became of the call; [*ArgumentError], what cannot be right
// whatever the server says; [*DivergedError]; and of [ReadPolicy] those of package os. errors.Is knows
// [ErrSessionExpired] and its like, and the errors of package context. Calls that may be made twice without harm are,
// up to five times, when the connection fails.
//
// # Messages
//
// Where a message of the contract says all there is to say, it is handed out as it is: package gaitwayv1 is generated
// from the contract, and its comments are the contract's.
package gaitway

// Version of this client.
const Version = "0.1.0"
