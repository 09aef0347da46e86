// What recorded histories look like, and what is said of those that are wrong.
#include <sstream>

#include <catch2/catch.hpp>
#include <malloc.h>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/history.hpp>
#include <heddle/recorded/json.hpp>

namespace heddle::recorded {
namespace {

struct reading {
  std::vector<operation> operations;
  reading_notes notes;
  format text_format;
};

reading read(const std::string& text, format f = format::automatic) {
  std::istringstream in(text);
  history_reader reader(in, "h", f);
  reading all;
  while (auto op = reader.next()) all.operations.push_back(*std::move(op));
  all.notes = reader.notes();
  all.text_format = reader.text_format();
  return all;
}

std::string error_of(const std::string& text, format f = format::automatic) {
  try {
    read(text, f);
    return "no error";
  } catch (const history_error& e) {
    return e.what();
  }
}

std::string edn_text(const std::string& text) {
  std::istringstream in(text);
  text_source source(in, "e");
  const value v = take_edn(source);
  skip_edn_blanks(source);
  if (source.peek() != text_source::end) source.fail("the end");
  return to_text(v);
}

const std::string header = "{\"heddle-history\": 1}\n";

// --- The formats

TEST_CASE("Heddle's own format is one JSON object a line, after a header") {
  const reading r = read(
      "{\"heddle-history\": 1}\n"
      "{\"process\": 0, \"type\": \"invoke\", \"f\": \"write\", \"value\": 3}\n"
      "{\"process\": \"b\", \"type\": \"invoke\", \"f\": \"read\", \"key\": \"x\"}\n"
      "\n"
      "{\"type\": \"ok\", \"process\": 0, \"time\": 12.5}\n"
      "{\"process\": \"b\", \"type\": \"ok\", \"f\": \"read\", \"value\": [1, {\"a\": null}]}");
  CHECK(r.text_format == format::jsonl);
  REQUIRE(r.operations.size() == 2);
  const operation& write = r.operations[0];
  CHECK(write.process == value::integer(0));
  CHECK(write.function == "write");
  CHECK(write.argument == value::integer(3));
  CHECK(write.end == outcome::ok);
  CHECK(write.invoked == 0);
  CHECK(write.returned == 2);
  CHECK(write.call == text_position{2, 1});
  CHECK(write.completion == text_position{5, 1});
  const operation& other = r.operations[1];
  CHECK(other.process == value::text("b"));
  CHECK(other.key == value::text("x"));
  CHECK(to_text(other.result) == "[1, {a: none}]");
}

TEST_CASE("Jepsen's EDN is read in every form it is printed in") {
  const std::string events[] = {
      "{:process 0, :type :invoke, :f :cas, :value [1 2]}\n{:value [1 2] :f :cas :type :ok :process 0}",
      "[{:process 0 :type :invoke :f :cas :value [1 2] :time 5}\n {:process 0 :type :ok :f :cas :value [1 "
      "2]}]",
      "; a comment\n({:index 0, :process 0, :type :invoke, :f :cas, :value #_ :not-this (1 2)}\n"
      "#jepsen.history.Op{:process 0, :type :ok, :f :cas, :value [1 2], :error [:a {:b #{1}}]})",
      "#jepsen.history.Op {:process 0, :type :invoke, :f \"cas\", :value [1N +2]} "
      "#a/b {:process 0 :type ok, :f cas, :value [1 2] :at #inst \"2026-01-01\"}",
  };
  for (const std::string& text : events) {
    INFO(text);
    const reading r = read(text);
    CHECK(r.text_format == format::edn);
    REQUIRE(r.operations.size() == 1);
    CHECK(r.operations[0].function == "cas");
    CHECK(to_text(r.operations[0].argument) == "[1, 2]");
    CHECK(to_text(r.operations[0].result) == "[1, 2]");
    CHECK(r.operations[0].end == outcome::ok);
  }
}

TEST_CASE("Jepsen's log lines") {
  const reading r = read(
      "INFO  jepsen.util - 4\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 2  :invoke  :cas  [2 4]\n"
      "INFO  jepsen.util - 4\t:ok\t:read\t3\n"
      "INFO  jepsen.util - 2\t:fail\t:cas\t[2 4]\n"
      "INFO  jepsen.util - 5\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 5\t:fail\t:read\t:timed-out\n"
      "INFO  jepsen.util - 6\t:invoke\t:write\t1\n"
      "INFO  jepsen.util - 6\t:info\t:write\t:timed-out\n");
  CHECK(r.text_format == format::etcd);
  REQUIRE(r.operations.size() == 4);
  CHECK(r.operations[0].result == value::integer(3));
  CHECK(r.operations[1].end == outcome::ok);  // a cas that answered no did answer
  CHECK(r.operations[1].result == value::boolean(false));
  CHECK(r.operations[2].end == outcome::fail);
  CHECK(r.operations[3].end == outcome::info);
  CHECK(r.operations[3].returned == never);
}

TEST_CASE("EDN as values") {
  CHECK(edn_text("{:b 1, :a (nil true), \"c\" {[1] 2}}") == "{a: [none, true], b: 1, c: {[1]: 2}}");
  CHECK(edn_text("#{3 1 2}") == "[1, 2, 3]");
  CHECK(edn_text("[-7 +7 7N 2.5 1e3 2.5M 18446744073709551615 ##-Inf]") ==
        "[-7, 7, 7, 2.5, 1000.0, 2.5, 18446744073709551615, -inf]");
  CHECK(edn_text("[\\a \\newline \"\\u00e9\\t\" :x/y a.b/c]") == "[\"a\", \"\\n\", \"é\\x09\", x/y, a.b/c]");
  CHECK(edn_text(R"("\t\n\r\b\f\\\"")") == to_text(value::text("\t\n\r\b\f\\\"")));
  CHECK(edn_text("#tag #other [1 #_ [2 3] #_#_ 4 5 6] ; end") == "[1, 6]");
}

TEST_CASE("JSON as values") {
  CHECK(parse_json(R"("\t\n\r\b\f\\\"\/")", "j") == value::text("\t\n\r\b\f\\\"/"));
  CHECK(to_text(parse_json(R"({"b": [1, -2.5e1, "\ud83d\ude00\n", true], "a": {}})", "j")) ==
        "{a: {}, b: [1, -25.0, \"😀\\n\", true]}");
  CHECK(parse_json("{\"x\": 1, \"y\": 2}", "j") == parse_json("{\"y\": 2, \"x\": 1}", "j"));
}

// --- Calls without end

TEST_CASE("calls that never return are of unknown outcome, and it is said") {
  const reading r = read(
      "{:process 1 :type :invoke :f :read}\n"
      "{:process 0 :type :invoke :f :write :value 3}\n"
      "{:process :nemesis :type :info :f :partition}\n"
      "{:process 2 :type :invoke :f :read}\n"
      "{:process 2 :type :ok :f :read :value 3}\n");
  REQUIRE(r.operations.size() == 3);
  CHECK(r.operations[0].end == outcome::ok);
  CHECK(r.operations[1].process == value::integer(1));
  CHECK(r.operations[1].end == outcome::info);
  CHECK(r.operations[2].process == value::integer(0));
  CHECK(r.notes.texts() ==
        std::vector<std::string>{"2 calls never returned and count as of unknown outcome (first: line 1)",
                                 "1 event of processes that are no clients left out (first: line 3)"});
}

TEST_CASE("a process may call again after an unknown outcome") {
  const reading r = read(
      "{:process 1 :type :invoke :f :write :value 1}\n{:process 1 :type :info :f :write}\n"
      "{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value 1}\n");
  REQUIRE(r.operations.size() == 2);
  CHECK(r.notes.texts().empty());
}

TEST_CASE("only what is open is kept in memory") {
  class endless : public std::streambuf {
   public:
    explicit endless(int events) : left_(events) {}

   private:
    int underflow() override {
      if (left_-- == 0) return traits_type::eof();
      line_ =
          "{:process 0 :type " + std::string(left_ % 2 == 1 ? ":invoke" : ":ok") + " :f :read :value nil}\n";
      setg(line_.data(), line_.data(), line_.data() + line_.size());
      return traits_type::to_int_type(line_[0]);
    }
    int left_;
    std::string line_;
  };
  endless text(200'000);  // 8 MB if it were kept
  std::istream in(&text);
  history_reader reader(in, "h");
  const std::size_t before = mallinfo2().uordblks;
  std::size_t operations = 0, most = 0;
  while (reader.next()) {
    if (++operations % 1'000 == 0) most = std::max(most, mallinfo2().uordblks);
  }
  CHECK(operations == 100'000);
  CHECK(most < before + 10'000);
}

// --- What is wrong, and where

TEST_CASE("calls and completions that do not belong together") {
  const std::string call = "{:process 3 :type :invoke :f :read}\n";
  CHECK(error_of(call + call) ==
        "h:2:1: expected the completion of process 3's read of line 1 first, found another invocation by it");
  CHECK(error_of("{:process 3 :type :ok :f :read}") ==
        "h:1:1: expected an invocation by process 3 first, found an ok");
  CHECK(error_of(call + "  {:process 3 :type :ok :f :write}") ==
        "h:2:3: expected the completion of process 3's read of line 1, found an ok of write");
  CHECK(error_of("{:process 3 :type :invoke :f :get :key 1}\n{:process 3 :type :fail :f :get :key 2}") ==
        "h:2:1: expected key 1 as in the invocation of line 1, found 2");
}

TEST_CASE("events that are incomplete or malformed") {
  CHECK(error_of("{:type :invoke :f :read}") ==
        "h:1:1: expected an event with process, type and f, found one without process");
  CHECK(error_of("{:process 1 :type :invoke}") ==
        "h:1:1: expected an event with process, type and f, found one without f");
  CHECK(error_of("{:process 1 :type :maybe :f :read}") ==
        "h:1:19: expected invoke, ok, fail or info, found maybe");
  CHECK(error_of("{:process [1] :type :ok}") ==
        "h:1:11: expected a process: an integer or a name, found [1]");
  CHECK(error_of("{:process 1 :f 7 :type :invoke}") == "h:1:16: expected a function's name, found 7");
  CHECK(error_of("{:process 1 :process 2}") == "h:1:22: expected every field once, found process twice");
}

TEST_CASE("malformed EDN") {
  CHECK(error_of("{:process 1 :type") == "h:1:18: expected an EDN form, found the end of the text");
  CHECK(error_of("{:process 1") == "h:1:12: expected the rest of an event, found the end of the text");
  CHECK(error_of("{:process 1 ]}") == "h:1:13: expected an EDN form, found ']'");
  CHECK(error_of("[{:process :n :type :info} 7]") ==
        "h:1:28: expected an event: {:process …}, or ']', found '7'");
  CHECK(error_of("{:process :n :type :info}\nx") == "h:2:1: expected an event: {:process …}, found 'x'");
  CHECK(error_of("{:process 1 :value \"ab") ==
        "h:1:23: expected the rest of a string, found the end of the text");
  CHECK(error_of("{:process 1 :value \"\\q\"}") == "h:1:22: expected an escape sequence of EDN, found 'q'");
  CHECK(error_of("{:process 1 :value \"\\/\"}") == "h:1:22: expected an escape sequence of EDN, found '/'");
  CHECK(error_of("{:process 1 :value {:a}}") ==
        "h:1:20: expected a value for every key of a map, found a key without one");
  CHECK(error_of("{:process 1 :value {:a 1 :a 2}}") == "h:1:20: expected every key once, found key a twice");
  CHECK(error_of("{:process 12x}") == "h:1:11: expected a number that fits in 64 bits, found 12x");
  CHECK(error_of("{:process 99999999999999999999}") ==
        "h:1:11: expected a number that fits in 64 bits, found 99999999999999999999");
  CHECK(error_of("{:value " + std::string(100'000, '[')) ==
        "h:1:208: expected at most 200 levels of nesting, found '['");
}

TEST_CASE("malformed JSON Lines") {
  CHECK(error_of("{\"process\": 1}\n") ==
        "h:1:1: expected a header line such as {\"heddle-history\": 1}, found another object");
  CHECK(error_of("{\"heddle-history\": 2}\n") == "h:1:20: expected version 1, found 2");
  CHECK(error_of("", format::jsonl) ==
        "h:1:1: expected a header line such as {\"heddle-history\": 1}, found the end of the text");
  CHECK(error_of(header + "[1]") == "h:2:1: expected an event: {\"process\": …}, found '['");
  CHECK(error_of(header + "{\"process\": 1\n") ==
        "h:2:14: expected ',' or '}' in an event, found the end of the line");
  CHECK(error_of(header + "{\"process\": 1,}") == "h:2:15: expected another field, found '}'");
  CHECK(error_of(header + "{\"process\" 1}") == "h:2:12: expected ':' after a field's name, found '1'");
  CHECK(error_of(header + "{process: 1}") == "h:2:2: expected a string in quotation marks, found 'p'");
  CHECK(error_of(header + "{\"process\": nul}") == "h:2:13: expected a JSON value, found nul");
  CHECK(error_of(header + "{\"process\": 01}") == "h:2:14: expected ',' or '}' in an event, found '1'");
  CHECK(error_of(header + "{\"process\": 1e999}") ==
        "h:2:13: expected a number that fits in 64 bits, found 1e999");
  CHECK(error_of(header + "{\"a\": \"x\n\"}") ==
        "h:2:9: expected the rest of a string, found the end of the line");
  CHECK(error_of(header + "{\"a\": \"\\x\"}") == "h:2:9: expected an escape sequence of JSON, found 'x'");
  CHECK(error_of(header + "{\"a\": \"\\u12g4\"}") == "h:2:12: expected four hexadecimal digits, found 'g'");
  CHECK(error_of(header + "{\"a\": [1 2]}") == "h:2:10: expected ',' or ']' in a list, found '2'");
  CHECK(error_of(header + "{\"process\": :n, \"type\": \"ok\"}") ==
        "h:2:13: expected a JSON value, found ':'");
  CHECK(error_of(header + "{\"process\": 1, \"type\": \"invoke\", \"f\": \"r\"} {") ==
        "h:2:44: expected the end of the line, found '{'");
}

TEST_CASE("malformed log lines") {
  CHECK(error_of("INFO  jepsen.core - 4 :invoke :read nil\n") ==
        "h:1:14: expected a log line: INFO  jepsen.util - 4 :invoke :read nil, found 'c'");
  CHECK(error_of("INFO  jepsen.util - 4\t:invoke\t:read\n") ==
        "h:1:36: expected the value, found the end of the line");
  CHECK(error_of("INFO  jepsen.util - 4\t:invoke\t:read\tnil nil\n") ==
        "h:1:41: expected the end of the line, found 'n'");
}

TEST_CASE("texts that are no history, and files that cannot be read") {
  CHECK(error_of("") ==
        "h:1:1: expected a history: JSON Lines, EDN, or log lines of Jepsen, found the end of the text");
  CHECK(error_of("hello") == "h:1:1: expected a history: JSON Lines, EDN, or log lines of Jepsen, found 'h'");
  CHECK(error_of(std::string("\0", 1)) ==
        "h:1:1: expected a history: JSON Lines, EDN, or log lines of Jepsen, found byte 0x00");
  CHECK(read("", format::edn).operations.empty());
  CHECK(read("\xef\xbb\xbf" + header).operations.empty());
  CHECK_THROWS_WITH(read_history("/no/such/file"),
                    "/no/such/file: cannot be read: No such file or directory");
  CHECK_THROWS_WITH(read_history(std::filesystem::path("/tmp")), "/tmp: is a directory");
}

}  // namespace
}  // namespace heddle::recorded
