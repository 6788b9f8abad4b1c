// Model: what is live, how good it is, what came before, and who gets what in an experiment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appSuite, assertQuery, complete, heading, notice } from './harness/app.mjs';
import { hold } from './harness/index.mjs';

appSuite('Model', (its) => {
  const versions = async () => (await its.api.get('models')).results;
  const live = async () => (await versions()).find((model) => model.is_live);
  const three = (value) => value.toFixed(3);
  const region = (page, name) => page.getByRole('region', { name, exact: true });
  const metric = (model, name, k) => model.metrics.find((one) => one.metric === name && one.k === k);

  test('says which version is live, and what it was made of', async (t) => {
    const page = await its.open(t, 'model', { locale: 'en-GB' });
    await heading(page, 'Model').waitFor();
    await complete(page);
    const { version, run_id: run, users, movies, parameters } = await live();
    const facts = await region(page, 'Live version').locator('dl > div').evaluateAll((all) => (
      Object.fromEntries(all.map((one) => [...one.children].map(({ textContent }) => textContent)))));
    const { Published: published, ...others } = facts;
    const number = (value) => value.toLocaleString('en');
    assert.deepEqual(others, {
      Version: `${version}`, Run: run, Users: number(users), Films: number(movies),
      Objective: { implicit: 'Implicit', explicit: 'Explicit' }[parameters.objective],
      Factors: `${parameters.rank}`, 'Training ratings': number(parameters.training_ratings),
    });
    assert.match(published, new RegExp(`^\\d{1,2} \\w+ ${new Date().getFullYear()}, \\d\\d:\\d\\d$`));
  });

  test('draws every measure beside the baseline, for each length of list', async (t) => {
    const page = await its.open(t, 'model');
    const quality = region(page, 'Compared with the baseline');
    const model = await live();
    for (const [k, address] of [[10, ''], [50, '?k=50']]) {
      if (k === 50) await quality.getByRole('button', { name: 'Top 50' }).click();
      await assertQuery(page, address);
      const { value, baseline } = metric(model, 'ndcg', k);
      await quality.getByRole('img', { name: `NDCG: model ${three(value)}, baseline ${three(baseline)}` }).waitFor();
      const both = model.metrics.filter((one) => one.k === k && one.baseline !== null);
      const charts = quality.locator('.chart');
      assert.equal(await charts.count(), both.length);
      const bars = await charts.first().locator('rect').evaluateAll((all) => all.map((bar) => bar.width.baseVal.value));
      const [ground, ofModel, , ofBaseline] = bars;
      assert.ok(Math.abs(ofModel / ofBaseline - value / baseline) < 0.01, `bars of ${ofModel} and ${ofBaseline}`);
      assert.equal(Math.max(ofModel, ofBaseline), ground, 'the longer bar is as long as there is room');
      await quality.getByText(`+${Math.round((value / baseline - 1) * 100)}%`).first().waitFor();
    }
    await page.reload();
    await quality.getByRole('button', { name: 'Top 50', pressed: true }).waitFor();
  });

  test('lists the versions, newest first, and draws their NDCG from the oldest on', async (t) => {
    const page = await its.open(t, 'model');
    const history = region(page, 'Versions');
    await history.getByRole('table').waitFor();
    const rows = await history.locator('tbody tr').evaluateAll((all) => all.map((row) => (
      [...row.cells].filter((_, place) => place !== 2).map(({ textContent }) => textContent))));
    const all = await versions();
    assert.deepEqual(rows, all.map((model) => [
      `${model.version} ${model.is_live ? 'Live' : 'Available'}`, model.run_id, `${model.parameters.rank}`,
      three(metric(model, 'ndcg', 10).value), model.users.toLocaleString('en')]));
    assert.equal(rows.length, 2);
    const points = all.toReversed().map((model) => `${model.version}: ${three(metric(model, 'ndcg', 10).value)}`);
    await history.getByRole('img', { name: `NDCG. ${points.join('; ')}` }).waitFor();
  });

  test('shows the shares of an experiment while it runs', async (t) => {
    const page = await its.open(t, 'model');
    const experiment = region(page, 'Experiment');
    await experiment.getByText('No experiment is running').waitFor();
    const [newer, older] = await versions();
    const variants = [
      { name: 'control', version: older.version, weight: 75 }, { name: 'wide', version: newer.version, weight: 25 },
    ];
    await its.api.put('experiments', { name: 'ranks', variants });
    t.after(() => its.api.put('experiments', { name: 'ranks', variants: [] }));
    await page.reload();
    await experiment.getByText(/^ranks, since /).waitFor();
    await experiment.getByRole('img', { name: 'control: 75%, wide: 25%' }).waitFor();
    assert.deepEqual(await experiment.getByRole('listitem').allTextContents(), [
      `control 75% of users get version ${older.version}`, `wide 25% of users get version ${newer.version}`]);
    const { variant, model_version: version } = await its.api.get('reco/1?n=1');
    await page.goto(its.at('users/1'));
    await page.getByText(`Variant ${variant}`).waitFor();
    await page.getByText(`Model ${version}`, { exact: true }).waitFor();
  });

  test('shows placeholders while it loads', async (t) => {
    const releases = [];
    const page = await its.open(t, 'model', {
      before: async (opened) => {
        releases.push(await hold(opened, '**/models'), await hold(opened, '**/experiments'));
      },
    });
    await heading(page, 'Model').waitFor();
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    assert.equal(await page.locator('.skeleton.block').count(), 2);
    releases[0]();
    await region(page, 'Live version').waitFor();
    await region(page, 'Experiment').locator('.skeleton').first().waitFor();
    releases[1]();
    await region(page, 'Experiment').getByText('No experiment is running').waitFor();
    assert.equal(await notice(page, '').count(), 0);
  });
});
