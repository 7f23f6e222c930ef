// The package's declarations and the contract's are the same, in both directions.
import * as api from "ardexa-client";
import type * as real from "ardexa-client";
import type * as contract from "../contract.js";

/** A program may put the package where the contract is wanted. */
const given: typeof contract = api;
export const { init, connect, ArdexaClient, ArdexaError } = given;

/**
 * The reverse, but for where the package takes or gives more than the contract names: sources of `init`, classes of
 * WebSocket, `callerStacks`, `last` of a series.
 */
declare const promised: typeof contract;
export const classes: Omit<typeof real, "init" | "connect" | "ArdexaClient"> = promised;
type Common = Omit<real.ArdexaClient, "series">;
declare const client: contract.ArdexaClient;
export const common: Common = client;

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** What is wanted of the first is had of the second, which may be more. */
type Gives<A, B> = [B] extends [A] ? true : false;
type Both<A, B> = Mutual<A, B> extends true ? Mutual<Required<A>, Required<B>> : false;
const yes = <_ extends true>() => {};

yes<Both<Omit<real.ClientOptions, "webSocket" | "callerStacks">, Omit<contract.ClientOptions, "webSocket">>>();
yes<Gives<real.ClientOptions, contract.ClientOptions>>();
yes<Both<real.ReconnectOptions, contract.ReconnectOptions>>();
yes<Gives<real.WebSocketConstructor, contract.WebSocketConstructor>>();
yes<Identical<real.ConnectionState, contract.ConnectionState>>();
yes<Gives<contract.ArdexaClient, real.ArdexaClient>>();
yes<Identical<keyof real.ArdexaClient, keyof contract.ArdexaClient>>();
yes<Both<real.ClientEvents, contract.ClientEvents>>();
yes<Identical<keyof real.ClientEvents, keyof contract.ClientEvents>>();
yes<Both<real.ClientStats, contract.ClientStats>>();
yes<Identical<real.DisconnectReason, contract.DisconnectReason>>();
yes<Mutual<real.ArdexaError, contract.ArdexaError>>();
yes<Identical<Exclude<keyof real.ArdexaError, "status">, keyof contract.ArdexaError>>();
yes<Identical<real.ErrorCode, contract.ErrorCode>>();
yes<Both<real.RequestOptions, contract.RequestOptions>>();
yes<Both<real.CmdReply, contract.CmdReply>>();
yes<Identical<real.ConfigReply, contract.ConfigReply>>();
yes<Identical<real.CompleteReply, contract.CompleteReply>>();
yes<Identical<real.UpgradeStep, contract.UpgradeStep>>();
yes<Both<real.UpgradeOptions, contract.UpgradeOptions>>();
yes<Both<real.AgentConfig, contract.AgentConfig>>();
yes<Both<real.Scenario, contract.Scenario>>();
yes<Both<real.RunScenario, contract.RunScenario>>();
yes<Both<real.TailScenario, contract.TailScenario>>();
yes<Both<real.ConfigField, contract.ConfigField>>();
yes<Both<real.DeviceStateChange, contract.DeviceStateChange>>();
yes<Identical<real.DeviceNew, contract.DeviceNew>>();
yes<Identical<real.DeviceMetaChange, contract.DeviceMetaChange>>();
yes<Both<real.FeedRequest, contract.FeedRequest>>();
yes<Both<real.FeedSample, contract.FeedSample>>();
yes<Both<real.FeedSample<number>, contract.FeedSample<number>>>();
yes<Both<Omit<real.FeedOptions, "onEnd">, contract.FeedOptions>>();
yes<Identical<real.FeedGap, contract.FeedGap>>();
yes<Mutual<real.Feed, contract.Feed>>();
yes<Both<Omit<real.SeriesOptions, "onUpdate" | "onEnd">, Omit<contract.SeriesOptions, "onUpdate">>>();
yes<Gives<real.SeriesOptions, contract.SeriesOptions>>();
yes<Gives<contract.Series, real.Series>>();
yes<Mutual<Omit<real.Series, "last">, Omit<contract.Series, "last">>>();
