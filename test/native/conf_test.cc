#include "simulator/conf.h"

#include "support.h"

namespace gpu_health::simulator {
namespace {

using namespace std::chrono_literals;
using test::writeFile;

Setting setting(const std::string& value) { return {"file.conf", 7, "key", value}; }

std::string errorOf(const std::string& content) {
  try {
    readConf(writeFile("bad.conf", content));
  } catch (const ConfError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Conf, ReadsKeysValuesAndComments) {
  const auto settings = readConf(writeFile("good.conf", "# a comment\n\n  model = h200  # why\ngpu.0.power=5\r\n"));
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(settings[0].key, "model");
  EXPECT_EQ(settings[0].value, "h200");
  EXPECT_EQ(settings[0].line, 3U);
  EXPECT_EQ(settings[1].key, "gpu.0.power");
  EXPECT_EQ(settings[1].value, "5");
}

TEST(Conf, NamesFileAndLineOfAMistake) {
  EXPECT_NE(errorOf("model = h200\nhalf a line\n").find("bad.conf:2: half a line"), std::string::npos);
  EXPECT_NE(errorOf("model =\n").find("bad.conf:1: model"), std::string::npos);
  EXPECT_NE(errorOf("= h200\n").find("bad.conf:1"), std::string::npos);
}

TEST(Conf, SaysThatAFileCannotBeRead) { EXPECT_THROW(readConf("/nowhere/state.conf"), ConfError); }

TEST(Conf, ReadsBytesWithUnits) {
  EXPECT_EQ(setting("17").toBytes(), 17U);
  EXPECT_EQ(setting("17B").toBytes(), 17U);
  EXPECT_EQ(setting("3KiB").toBytes(), 3072U);
  EXPECT_EQ(setting("300 MiB").toBytes(), 314'572'800U);
  EXPECT_EQ(setting("2GiB").toBytes(), 2'147'483'648U);
  for (const char* bad : {"2GB", "MiB", "1.5GiB", "-1", "99999999999999GiB", "99999999999999999999"}) {
    EXPECT_THROW(setting(bad).toBytes(), ConfError) << bad;
  }
}

TEST(Conf, ReadsDurations) {
  EXPECT_EQ(setting("200ms").toDuration(), 200ms);
  EXPECT_EQ(setting("2s").toDuration(), 2s);
  EXPECT_EQ(setting("5").toDuration(), 5ms);
  EXPECT_THROW(setting("5m").toDuration(), ConfError);
}

TEST(Conf, ReadsNumbersAndTruth) {
  EXPECT_EQ(setting("0x233510DE").toUint32(), 0x233510DEU);
  EXPECT_EQ(setting("-12").toCelsius(), -12);
  EXPECT_TRUE(setting("true").toBool());
  EXPECT_FALSE(setting("false").toBool());
  EXPECT_THROW(setting("101").toInteger(100), ConfError);
  EXPECT_THROW(setting("97.5").toInteger(100), ConfError);
  EXPECT_THROW(setting("yes").toBool(), ConfError);
  EXPECT_THROW(setting("warm").toCelsius(), ConfError);
}

}  // namespace
}  // namespace gpu_health::simulator
