// The models of bundled patterns judge what real limiters and breakers were seen to do.
#include <catch2/catch.hpp>

#include "program.hpp"

namespace heddle::test {
namespace {

using Catch::Matchers::Contains;

/// Calls one after the other, each "process f value answer" in JSON; a missing answer is null.
class call_log {
 public:
  call_log& call(int process, const std::string& f, const std::string& value, const std::string& answer) {
    return invoke(process, f, value).answer(process, answer);
  }
  call_log& invoke(int process, const std::string& f, const std::string& value) {
    text_ += R"({"process": )" + std::to_string(process) + R"(, "type": "invoke", "f": ")" + f +
             R"(", "value": )" + value + "}\n";
    return *this;
  }
  call_log& answer(int process, const std::string& value) {
    text_ += R"({"process": )" + std::to_string(process) + R"(, "type": "ok", "value": )" + value + "}\n";
    return *this;
  }
  program_result judged_by(const std::string& model, const std::string& settings) const {
    return run_heddle({"check", "--quiet", "--model", model, "--initial", settings, "-"}, text_);
  }

 private:
  std::string text_ = "{\"heddle-history\": 1}\n";
};

const std::string two_tokens = R"({"burst": 2, "per_token": "10 ms"})";

call_log drained_bucket() {
  return call_log()
      .call(1, "try_acquire", "[7, 1]", "true")
      .call(1, "try_acquire", "[7, 1]", "true")
      .call(2, "try_acquire", "[8, 2]", "true");  // another client, another bucket
}

TEST_CASE("a token bucket refills with the logged clock") {
  call_log log = drained_bucket();
  log.call(1, "try_acquire", "[7, 1]", "\"10 ms\"").call(0, "advance", "\"9 ms\"", "null");
  log.call(1, "try_acquire", "[7, 1]", "false").call(0, "advance", "\"1 ms\"", "null");
  log.call(1, "try_acquire", "[7, 1]", "true");
  CHECK(log.judged_by("rate_limiter_token_bucket", two_tokens).exit_code == 0);
}

TEST_CASE("a bucket that lets one call too many pass is found out, and so is a wrong time to wait") {
  const auto then = [](const std::string& answer) {
    return drained_bucket()
        .call(1, "try_acquire", "[7, 1]", answer)
        .judged_by("rate_limiter_token_bucket", two_tokens)
        .exit_code;
  };
  CHECK(then("\"10 ms\"") == 0);
  CHECK(then("true") == 1);
  CHECK(then("\"11 ms\"") == 1);
}

TEST_CASE("reservations in advance make later calls wait") {
  const auto then = [](const std::string& answer) {
    return call_log()
        .call(1, "reserve", "3", "\"0 ms\"")
        .call(2, "try_reserve", "[1, \"1 s\"]", "null")
        .call(2, "try_reserve", "[1, \"2 s\"]", answer)
        .judged_by("rate_limiter_token_bucket_smooth", R"({"max_stored": 1})")
        .exit_code;
  };
  CHECK(then("\"3 s\"") == 1);
  CHECK(then("null") == 0);
}

TEST_CASE("a breaker opens after failures in a row, and lets a probe pass later") {
  const std::string settings = R"({"failure_threshold": 2, "open_for": "1 s", "half_open_permits": 1})";
  call_log log;
  log.call(1, "try_acquire", "null", "true").call(2, "try_acquire", "null", "true");
  log.call(1, "record", "\"failure\"", "null").call(2, "record", "\"failure\"", "null");
  log.call(3, "state", "null", "\"open\"");
  const auto then = [&](call_log more) { return more.judged_by("circuit_breaker", settings).exit_code; };
  CHECK(then(call_log(log).call(3, "try_acquire", "null", "\"open\"")) == 0);
  CHECK(then(call_log(log).call(3, "try_acquire", "null", "true")) == 1);
  log.call(0, "advance", "\"1100 ms\"", "null");
  CHECK(then(call_log(log).call(3, "try_acquire", "null", "true")) == 0);
  CHECK(then(call_log(log).call(3, "try_acquire", "null", "true").call(1, "try_acquire", "null", "true")) ==
        1);
}

TEST_CASE("a bulkhead holds as many as it may, and a release overlaps with the next to enter") {
  const std::string one = R"({"max_concurrent": 1})";
  CHECK(call_log()
            .call(1, "try_acquire", "null", "true")
            .invoke(1, "release", "null")
            .call(2, "try_acquire", "null", "true")
            .answer(1, "null")
            .judged_by("bulkhead", one)
            .exit_code == 0);
  CHECK(call_log()
            .call(1, "try_acquire", "null", "true")
            .call(2, "try_acquire", "null", "true")
            .judged_by("bulkhead", one)
            .exit_code == 1);
}

TEST_CASE("wrong settings and arguments are said") {
  const call_log log = drained_bucket();
  const auto complaint = [&](const std::string& settings) {
    const program_result r = log.judged_by("rate_limiter_token_bucket", settings);
    CHECK(r.exit_code == 2);
    return r.err;
  };
  CHECK_THAT(
      complaint(R"({"bust": 2})"),
      Contains(R"(expected settings such as {"burst": 10, "per_token": "1 s"}: only burst, per_token)"));
  CHECK_THAT(complaint(R"({"burst": "many"})"), Contains(": burst as a number from 1"));
  CHECK_THAT(complaint(R"({"per_token": "0 s"})"), Contains("some time to fill"));
  CHECK_THAT(complaint("2"), Contains("an object of settings"));
  const program_result r =
      call_log().call(1, "try_acquire", "[7, 0]", "true").judged_by("rate_limiter_token_bucket", two_tokens);
  CHECK(r.exit_code == 2);
  CHECK_THAT(r.err, Contains(":2:") && Contains("a number from 1 to 2147483647"));
}

}  // namespace
}  // namespace heddle::test
