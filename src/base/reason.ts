// Why an actor's life ended. The words are those of Erlang/OTP: `normal` and `shutdown` are expected ends,
// `killed` is an end by force after a time-out, `error` is a crash. Source: the exit reasons of OTP's `supervisor`.

/** Why an actor ended. */
export type Reason = 'normal' | 'shutdown' | 'killed' | 'error';
